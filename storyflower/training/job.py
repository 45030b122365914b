"""A training job: everything that a training depends on, built once and passed whole.

`Job` is what the engine knows of it, whatever the model learns; `TrainingJob` is a fine-tuning.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.messages import say
from storyflower.model.attention import runs_varlen
from storyflower.model.devices import Hardware, autocast_dtype, choose_precision
from storyflower.model.families import Classifier, Network
from storyflower.model.inference import predict_logits
from storyflower.model.packing import require_fitting
from storyflower.recipe_parts import FinetuneRecipe, Precision
from storyflower.training.ahead import Resample, SampledAhead
from storyflower.training.batches import LabelledTokens
from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.compiling import Compiling
from storyflower.training.fingerprint import fingerprint
from storyflower.training.layout import EpochBatches, Part, StaticBatches, StaticShape
from storyflower.training.objective import inverse_frequencies, score
from storyflower.training.progress import EpochRecord, R, Record, TrainedEpoch, TrainingPlan
from storyflower.training.ranks import Ranks

LayOut = Callable[[NDArray[np.int64], StaticShape, Part], EpochBatches]
"""Makes a part of every batch of an epoch; the first argument is the order, as `stratified_batches` gives it."""


@dataclass(frozen=True, eq=False)
class EpochExamples:
    """The examples of one epoch."""

    lengths: NDArray[np.int64]
    """(n,) tokens of each."""
    lay_out: LayOut


class Job(Protocol[R]):
    """What the engine knows of a training; the rank processes receive it pickled."""

    @property
    def model(self) -> Network:
        """It is trained in place."""

    @property
    def recipe(self) -> FinetuneRecipe:
        """Epochs, batch size, optimizer and schedule."""

    @property
    def hardware(self) -> Hardware:
        """Where to run; of several GPUs the first is used, or `recipe.devices` of them."""

    @property
    def checkpoints(self) -> Path:
        """Folder of this training's checkpoints, created if missing."""

    @property
    def compiling(self) -> Compiling:
        """Whether the model is compiled."""

    @property
    def precision(self) -> Precision:
        """The precision to train in, never `auto`."""

    @property
    def examples(self) -> int:
        """Training examples an epoch."""

    @property
    def is_resampled(self) -> bool:
        """Whether the lengths of the examples differ from epoch to epoch."""

    @property
    def class_weights(self) -> NDArray[np.float32] | None:
        """(classes,) weights in the loss; None: all are 1."""

    def sampling_ahead(self) -> AbstractContextManager["Job[R]"]:
        """Within the block the same job; where it pays, a process samples its next epoch while one trains."""

    def examples_of(self, epoch: int) -> EpochExamples:
        """The examples of an epoch (from 1), a function of it alone."""

    def evaluated(self, trained: TrainedEpoch, ranks: Ranks) -> R:
        """The record of an epoch, after evaluating the model as it is now; every rank must call this."""

    def plan(self, history: tuple[Record, ...]) -> TrainingPlan:
        """Describe the training; `history` holds the epochs that are already done."""

    def checkpoint_store(self) -> CheckpointStore[R]:
        """Open the checkpoints of this training."""


def steps_per_epoch(job: Job[Any]) -> int:
    """Optimizer steps of an epoch."""
    return math.ceil(job.examples / job.recipe.batch_size)


def plan_of(job: Job[Any], history: tuple[Record, ...], *, dev_examples: int) -> TrainingPlan:
    """Describe a training; `history` holds the epochs that are already done."""
    dropout = job.model.config.attention_probs_dropout_prob
    varlen = runs_varlen(torch.device(job.hardware.device), autocast_dtype(job.precision))
    return TrainingPlan(
        hardware=job.hardware,
        precision=job.precision,
        epochs=job.recipe.epochs,
        batch_size=job.recipe.batch_size,
        steps_per_epoch=steps_per_epoch(job),
        examples=job.examples,
        dev_examples=dev_examples,
        parameters=sum(p.numel() for p in job.model.parameters() if p.requires_grad),
        history=history,
        notes=(say("training.no_attention_dropout", dropout=dropout),) if varlen and dropout else (),
    )


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
