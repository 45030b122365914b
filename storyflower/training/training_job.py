"""The job of a fine-tuning: everything that it depends on, built once and passed whole."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.model.devices import Hardware, choose_precision
from storyflower.model.families import Classifier
from storyflower.model.inference import predict_logits
from storyflower.model.packing import require_fitting
from storyflower.recipe_parts import FinetuneRecipe, Precision
from storyflower.training.ahead import Resample, SampledAhead
from storyflower.training.batches import LabelledTokens
from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.compiling import Compiling
from storyflower.training.fingerprint import fingerprint
from storyflower.training.job import EpochExamples, plan_of
from storyflower.training.layout import TOKENS_AT_ONCE, Contents, EpochBatches, PlacedTexts
from storyflower.training.objective import inverse_frequencies, score
from storyflower.training.progress import EpochRecord, Record, TrainedEpoch, TrainingPlan
from storyflower.training.ranks import Ranks
from storyflower.training.static_shape import Part, StaticShape


class StaticBatches(EpochBatches):
    """The batches of labelled texts, for each of which its label is predicted."""

    def __init__(
        self,
        examples: LabelledTokens,
        order: NDArray[np.int64],
        shape: StaticShape,
        part: Part,
        device: str,
        *,
        pad_id: int,
        tokens_at_once: int = TOKENS_AT_ONCE,
    ) -> None:
        """Prepare the batches of a split; the other arguments are those of `EpochBatches`."""
        super().__init__(examples.tokens, order, shape, part, device, pad_id=pad_id, tokens_at_once=tokens_at_once)
        self._split = examples
        self.predictions = self.examples

    def _contents(self, placed: PlacedTexts) -> Contents:
        examples, chosen, is_text = self._split, placed.chosen, placed.chosen >= 0
        spare = ((0, 0), (0, self.shape.rows - len(self._columns)))
        labels = targets = np.pad(np.where(is_text, examples.labels[chosen], 0), spare)
        shares = is_text / np.array(self.examples[placed.whole])[:, None]
        if examples.targets is not None:
            soft = np.where(is_text[..., None], examples.targets[chosen], np.float32(0))
            targets = np.pad(soft, (*spare, (0, 0)))
        return Contents(placed.texts.ids, labels, targets, np.pad(shares, spare).astype(np.float32))


@dataclass(frozen=True, eq=False)
class TrainingJob:
    """Everything that a fine-tuning depends on.

    Raises:
        EncoderError: tokens do not fit the encoder.
        ValueError: the recipe distils, and the training split has no targets.
    """

    model: Classifier
    """As `new_classifier` returns it; it is trained in place."""
    train: LabelledTokens
    """The training split, with targets where the recipe distils; the order of its examples does not matter."""
    dev: LabelledTokens
    """The development split, on which epochs are evaluated and the best one is chosen."""
    recipe: FinetuneRecipe
    """Fitted to the examples and the model (`FinetuneRecipe.fitted`) once the job is made."""
    hardware: Hardware
    """Where to run; of several GPUs the first is used, or `recipe.devices` of them."""
    checkpoints: Path
    """Folder of this training's checkpoints, created if missing."""
    resample: Resample | None = None
    """Other segmentations of the training texts for each epoch; must be picklable for a GPU and for several devices."""
    compiling: Compiling = "auto"
    fingerprint: str = field(init=False)
    """Digest of all that decides the outcome, the weights before the training included."""

    def __post_init__(self) -> None:
        labels = self.train.labels
        largest_share = float(np.bincount(labels).max() / len(labels))
        fitted = self.recipe.fitted(len(labels), self.model.config.hidden_size, largest_share)
        object.__setattr__(self, "recipe", fitted)
        if self.recipe.distillation and self.train.targets is None:
            raise ValueError(f"a distillation of {self.recipe.distillation} without the targets of a teacher")
        for split in (self.train, self.dev):
            require_fitting(self.model, split.tokens)
        # Now, because training changes the weights. Unpickling does not come here: ranks keep the digest of the parent.
        outcome = fingerprint(self.recipe, self.model, self.train, self.dev, resampled=self.resample is not None)
        object.__setattr__(self, "fingerprint", outcome)

    @property
    def precision(self) -> Precision:
        """The precision to train in, never `auto`.

        Raises:
            StoryFlowerError: the hardware cannot run in the recipe's precision.
        """
        return choose_precision(self.hardware, self.recipe.precision)

    @property
    def examples(self) -> int:
        """Training examples an epoch."""
        return len(self.train.labels)

    @property
    def is_resampled(self) -> bool:
        """Whether the training texts are segmented anew in each epoch."""
        return self.resample is not None

    @property
    def class_weights(self) -> NDArray[np.float32] | None:
        """(classes,) weights in the loss; None: all are 1."""
        if not self.recipe.class_weights:
            return None
        return inverse_frequencies(self.train.labels, self.model.num_labels, self.recipe.class_weight_power)

    @contextmanager
    def sampling_ahead(self) -> Iterator["TrainingJob"]:
        """Within the block the same job, for which on a GPU the next epoch's texts are segmented meanwhile."""
        if self.resample is None or self.hardware.device != "cuda":
            yield self
            return
        with closing(SampledAhead(self.resample, self.recipe.epochs)) as ahead:
            job = copy(self)  # `replace` would compute the fingerprint anew
            object.__setattr__(job, "resample", ahead)
            yield job

    def examples_of(self, epoch: int) -> EpochExamples:
        """The training split, segmented anew for this epoch (from 1) where the job resamples.

        Raises:
            EncoderError: resampled tokens do not fit the encoder.
        """
        examples = self.train
        if self.resample is not None:
            tokens = self.resample(epoch)
            if len(tokens) != self.examples:
                raise ValueError(f"{len(tokens)} resampled texts for {self.examples} labels")
            require_fitting(self.model, tokens)
            examples = replace(self.train, tokens=tokens)
        pad_id = self.model.config.pad_token_id
        lay_out = partial(StaticBatches, examples, device=self.hardware.device, pad_id=pad_id)
        return EpochExamples(examples.tokens.lengths, lay_out)

    def evaluated(self, trained: TrainedEpoch, ranks: Ranks) -> EpochRecord:
        """The epoch's record, with the scores on the development split, of which each rank predicts a share.

        Compiled code is for training alone.
        """
        began = time.perf_counter()
        share = np.arange(ranks.index, len(self.dev.labels), ranks.count)
        with torch.compiler.set_stance("force_eager"):
            tokens = self.dev.tokens.take(share)
            mine = predict_logits(self.model, tokens, device=self.hardware.device, precision=self.precision)
        dev = score(ranks.joined(mine, len(self.dev.labels)), self.dev.labels)
        return EpochRecord(
            epoch=trained.epoch,
            train_loss=trained.loss,
            train_accuracy=trained.accuracy,
            dev_loss=dev.loss,
            dev_accuracy=dev.accuracy,
            dev_macro_f1=dev.macro_f1,
            learning_rate=trained.learning_rate,
            examples_per_second=trained.examples_per_second,
            seconds=trained.seconds,
            dev_seconds=time.perf_counter() - began,
            setup_seconds=trained.setup_seconds,
        )

    def plan(self, history: tuple[Record, ...]) -> TrainingPlan:
        """Describe the training; `history` holds the epochs that are already done."""
        return plan_of(self, history, dev_examples=len(self.dev.labels))

    def checkpoint_store(self) -> CheckpointStore[EpochRecord]:
        """Open the checkpoints of this training."""
        return CheckpointStore(self.checkpoints, self.fingerprint, EpochRecord)
