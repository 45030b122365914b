"""A training job as the engine knows it, whatever the model learns: `TrainingJob` is one, `AdaptationJob` another."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.messages import say
from storyflower.model.attention import head_width, runs_varlen
from storyflower.model.devices import Hardware, autocast_dtype
from storyflower.model.families import Network
from storyflower.recipe_parts import FinetuneRecipe, Precision
from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.compiling import Compiling
from storyflower.training.layout import EpochBatches
from storyflower.training.progress import R, Record, TrainedEpoch, TrainingPlan
from storyflower.training.ranks import Ranks
from storyflower.training.static_shape import Part, StaticShape

LayOut = Callable[[NDArray[np.int64], StaticShape, Part], EpochBatches]
"""Makes a part of every batch of an epoch; the first argument is the order, as `stratified_batches` gives it."""


@dataclass(frozen=True, eq=False)
class EpochExamples:
    """The examples of one epoch."""

    lengths: NDArray[np.int64]
    """(n,) tokens of each."""
    lay_out: LayOut


class Job(Protocol[R]):
    """What the engine knows of a training; rank processes, of other machines too, receive it pickled."""

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
    width = head_width(job.model.config)
    varlen = runs_varlen(torch.device(job.hardware.device), autocast_dtype(job.precision), width)
    notes = [say("training.no_attention_dropout", dropout=dropout)] if varlen and dropout else []
    if (weights := job.class_weights) is not None:
        notes.append(say("training.class_weights", least=weights[weights > 0].min(), most=weights.max()))
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
        notes=tuple(notes),
    )
