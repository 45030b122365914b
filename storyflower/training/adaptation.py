"""Task-adaptive pretraining: masked language modelling of an encoder on the texts of the task.

Gururangan et al. 2020 (https://arxiv.org/abs/2004.10964). It is a training like a fine-tuning, in the same engine: what
differs is that hidden tokens are predicted instead of labels, and that no texts are held out to choose an epoch.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storyflower.model.devices import Hardware, choose_precision
from storyflower.model.families import MaskedModel
from storyflower.model.packing import require_fitting
from storyflower.recipe_parts import FinetuneRecipe, Precision
from storyflower.text.tokens import TokenSequences
from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.compiling import Compiling
from storyflower.training.fingerprint import adaptation_fingerprint
from storyflower.training.job import EpochExamples, plan_of
from storyflower.training.layout import Contents, EpochBatches, PlacedTexts
from storyflower.training.masking import Masking
from storyflower.training.progress import AdaptRecord, Record, TrainedEpoch, TrainingPlan
from storyflower.training.ranks import Ranks
from storyflower.training.static_shape import Part, StaticShape

_PREDICTIONS_MULTIPLE = 8  # as `_TOKENS_MULTIPLE` of the layout


@dataclass(frozen=True, eq=False)
class AdaptationJob:
    """Everything that an adaptation depends on.

    Raises:
        EncoderError: tokens do not fit the encoder.
        ValueError: a text has no token that could be hidden.
    """

    model: MaskedModel
    """As `new_masked_model` returns it; it is trained in place."""
    tokens: TokenSequences
    """The texts, each with a token that can be hidden (`adaptable`); their order does not matter."""
    masking: Masking
    recipe: FinetuneRecipe
    hardware: Hardware
    checkpoints: Path
    """Folder of this training's checkpoints, created if missing."""
    compiling: Compiling = "auto"
    counts: NDArray[np.int64] = field(init=False)
    """(n,) tokens hidden of each text."""
    fingerprint: str = field(init=False)
    """Digest of all that decides the outcome, the weights before the training included."""

    def __post_init__(self) -> None:
        require_fitting(self.model, self.tokens)
        counts = self.masking.counts(self.tokens)
        if not counts.size or not counts.all():
            raise ValueError("there are texts of which no token can be hidden")
        object.__setattr__(self, "counts", counts)
        outcome = adaptation_fingerprint(self.recipe, self.model, self.tokens, self.masking)
        object.__setattr__(self, "fingerprint", outcome)

    @property
    def precision(self) -> Precision:
        """See `TrainingJob.precision`."""
        return choose_precision(self.hardware, self.recipe.precision)

    @property
    def examples(self) -> int:
        """Texts an epoch."""
        return len(self.tokens)

    @property
    def is_resampled(self) -> bool:
        """The lengths of the texts are the same in every epoch."""
        return False

    @property
    def class_weights(self) -> None:
        """All pieces count alike."""

    def sampling_ahead(self) -> AbstractContextManager["AdaptationJob"]:
        """The job itself: its texts are segmented once."""
        return nullcontext(self)

    def examples_of(self, epoch: int) -> EpochExamples:
        """The texts, with tokens hidden for this epoch (from 1)."""
        return EpochExamples(self.tokens.lengths, partial(MaskedBatches, self, epoch))

    def evaluated(self, trained: TrainedEpoch, ranks: Ranks) -> AdaptRecord:  # noqa: ARG002
        """The epoch's record: there are no texts to evaluate it on."""
        return AdaptRecord(**asdict(trained))

    def plan(self, history: tuple[Record, ...]) -> TrainingPlan:
        """Describe the training; `history` holds the epochs that are already done."""
        return plan_of(self, history, dev_examples=0)

    def checkpoint_store(self) -> CheckpointStore[AdaptRecord]:
        """Open the checkpoints of this training."""
        return CheckpointStore(self.checkpoints, self.fingerprint, AdaptRecord)


class MaskedBatches(EpochBatches):
    """The batches of an adaptation's epoch: the tokens that are hidden are predicted."""

    def __init__(
        self, job: AdaptationJob, epoch: int, order: NDArray[np.int64], shape: StaticShape, part: Part
    ) -> None:
        """Prepare the batches of an epoch; the last three arguments are those of `EpochBatches`."""
        super().__init__(job.tokens, order, shape, part, job.hardware.device, pad_id=job.masking.special.pad)
        self.predictions = np.where(order >= 0, job.counts[order], 0).sum(axis=1).tolist()
        self._masking, self._epoch = job.masking, epoch
        most = int(job.masking.most(np.array(shape.bounds)).sum())
        self._most = most + -most % _PREDICTIONS_MULTIPLE

    def _contents(self, placed: PlacedTexts) -> Contents:
        chosen = placed.chosen[placed.chosen >= 0]
        hidden = self._masking.hide(placed.texts, self._tokens.places(chosen), self._epoch)
        places = placed.places[hidden.places]
        batch, place = np.divmod(places, self.shape.tokens)
        column = np.arange(len(batch)) - np.searchsorted(batch, batch)
        predictions = np.array(self.predictions[placed.whole])

        def table(values: NDArray[Any]) -> NDArray[Any]:
            filled = np.zeros((len(placed.chosen), self._most), values.dtype)
            filled[batch, column] = values
            return filled

        labels = table(hidden.answers.astype(np.int64))
        shares = table((1 / predictions[batch]).astype(np.float32))
        return Contents(hidden.ids, labels, labels, shares, table(place))


def adaptable(texts: TokenSequences, masking: Masking) -> NDArray[np.int64]:
    """The indices of the texts of which a token can be hidden."""
    return np.flatnonzero(masking.counts(texts))
