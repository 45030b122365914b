"""The epochs of a training in one process, which is the only one or one of several ranks."""

from collections.abc import Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Generic, TypeAlias

import torch
from torch import Tensor

from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.checkpoint_files import Checkpoint, best_epoch
from storyflower.training.job import Job
from storyflower.training.memory import keeping_freed_memory
from storyflower.training.meter import ProgressMeter
from storyflower.training.progress import AbandonedError, EpochRecord, R, RecordObserver
from storyflower.training.ranks import ALONE, Ranks
from storyflower.training.trainer import Trainer


@dataclass(frozen=True)
class TrainingResult(Generic[R]):
    """The outcome of a training."""

    history: list[R]
    """One record per epoch, including the epochs before an interruption."""
    resumed_from_epoch: int | None
    """The last epoch finished before an interruption; None if the training started from the beginning."""

    @property
    def best_epoch(self) -> int:
        """From 1: the epoch with the highest merit; of equal ones the earliest."""
        return best_epoch(self.history)


FinetuneResult: TypeAlias = TrainingResult[EpochRecord]
"""The outcome of a fine-tuning, whose best epoch has the highest macro-F1 on the development split."""


def run_epochs(job: Job[R], observers: Sequence[RecordObserver[R]], ranks: Ranks = ALONE) -> TrainingResult[R]:
    """Train `job.model` in place, from its last checkpoint if there is one; it ends with the best epoch's weights.

    Raises:
        StoryFlowerError: see `finetune`.
        EncoderError: see `finetune`.
    """

    def notify(message: str) -> None:
        for observer in observers:
            observer.noted(message)

    device = job.hardware.device
    memory = keeping_freed_memory() if device == "cpu" else nullcontext()
    forked = [torch.cuda.current_device()] if device == "cuda" else []
    # Rank 0 alone reads and writes the checkpoints: the others may run on machines that do not have them.
    stored = job.checkpoint_store() if ranks.index == 0 else nullcontext()
    with (
        memory,
        stored as store,
        job.sampling_ahead() as sampling,
        closing(Trainer(sampling, ranks=ranks, notify=notify)) as trainer,
        torch.random.fork_rng(devices=forked),
    ):
        if found := ranks.shared(lambda: _last_state(store)):
            trainer.restore(*found)
        plan = job.plan(trainer.history)
        for observer in observers:
            observer.started(plan)
        meter = ProgressMeter(plan, observers, log_every=job.recipe.log_every, device=device, ranks=ranks)
        while not trainer.is_finished:
            record = trainer.run_epoch(meter)
            saving = store is not None and (trainer.is_finished or store.is_due())
            if store is not None:
                if saving:
                    store.save(trainer.checkpoint())
                store.raise_failure()
            try:
                for observer in observers:
                    observer.epoch_ended(record)
            except AbandonedError:
                raise
            except BaseException:
                if store is not None and not saving:  # interrupted between two epochs, nothing is lost
                    store.save(trainer.checkpoint())
                raise
        trainer.take_best_weights()
    return TrainingResult(list(trainer.history), plan.resumed_from_epoch)


def _last_state(store: CheckpointStore[R] | None) -> tuple[Checkpoint[R], dict[str, Tensor]] | None:
    """The last checkpoint and the weights of its best epoch; None without one, or without a store."""
    if store is None or not (checkpoint := store.latest()):
        return None
    return checkpoint, store.best_of(checkpoint)
