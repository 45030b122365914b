"""The epochs of a training in one process, which is the only one or one of several ranks."""

from collections.abc import Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Generic, TypeAlias

import torch

from storyflower.training.checkpoint_files import best_epoch
from storyflower.training.job import Job
from storyflower.training.memory import keeping_freed_memory
from storyflower.training.meter import ProgressMeter
from storyflower.training.progress import EpochRecord, R, RecordObserver
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
    with (
        memory,
        job.checkpoint_store() as store,
        job.sampling_ahead() as sampling,
        closing(Trainer(sampling, ranks=ranks, notify=notify)) as trainer,
        torch.random.fork_rng(devices=forked),
    ):
        if checkpoint := store.latest():
            trainer.restore(checkpoint, store.best_of(checkpoint))
        plan = job.plan(trainer.history)
        for observer in observers:
            observer.started(plan)
        meter = ProgressMeter(plan, observers, log_every=job.recipe.log_every, device=device, ranks=ranks)
        while not trainer.is_finished:
            record = trainer.run_epoch(meter)
            saving = ranks.index == 0 and (trainer.is_finished or store.is_due())
            if saving:
                store.save(trainer.checkpoint())
            store.raise_failure()
            try:
                for observer in observers:
                    observer.epoch_ended(record)
            except BaseException:
                if ranks.index == 0 and not saving:  # interrupted between two epochs, nothing is lost
                    store.save(trainer.checkpoint())
                raise
        trainer.take_best_weights()
    return TrainingResult(list(trainer.history), plan.resumed_from_epoch)
