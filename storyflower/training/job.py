"""A training job: everything that a training depends on, built once and passed whole."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from storyflower.messages import say
from storyflower.model.attention import runs_varlen
from storyflower.model.devices import Hardware, autocast_dtype, choose_precision
from storyflower.model.families import Classifier
from storyflower.model.packing import require_fitting
from storyflower.recipe_parts import FinetuneRecipe, Precision
from storyflower.text.tokens import TokenSequences
from storyflower.training.batches import LabelledTokens
from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.compiling import Compiling
from storyflower.training.fingerprint import fingerprint
from storyflower.training.progress import EpochRecord, TrainingPlan

Resample = Callable[[int], TokenSequences]
"""Returns the training tokens of an epoch (from 1): the same examples in the same order, as a function of it alone."""


@dataclass(frozen=True, eq=False)
class TrainingJob:
    """Everything that a training depends on; the rank processes receive it pickled.

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
    """Other segmentations of the training texts for each epoch; must be picklable for several devices."""
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
    def steps_per_epoch(self) -> int:
        """Optimizer steps of an epoch."""
        return math.ceil(len(self.train.labels) / self.recipe.batch_size)

    def plan(self, history: tuple[EpochRecord, ...]) -> TrainingPlan:
        """Describe the training; `history` holds the epochs that are already done."""
        dropout = self.model.config.attention_probs_dropout_prob
        varlen = runs_varlen(torch.device(self.hardware.device), autocast_dtype(self.precision))
        return TrainingPlan(
            hardware=self.hardware,
            precision=self.precision,
            epochs=self.recipe.epochs,
            batch_size=self.recipe.batch_size,
            steps_per_epoch=self.steps_per_epoch,
            examples=len(self.train.labels),
            dev_examples=len(self.dev.labels),
            parameters=sum(p.numel() for p in self.model.parameters() if p.requires_grad),
            history=history,
            notes=(say("training.no_attention_dropout", dropout=dropout),) if varlen and dropout else (),
        )

    def checkpoint_store(self) -> CheckpointStore:
        """Open the checkpoints of this training."""
        return CheckpointStore(self.checkpoints, self.fingerprint)
