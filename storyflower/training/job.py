"""A training from its arguments to its last epoch, in one process: the only one, or one of several ranks."""

from collections.abc import Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import BertForSequenceClassification

from storyflower.model.devices import Hardware
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.training.batches import LabelledTokens
from storyflower.training.checkpoint import CheckpointStore, best_epoch
from storyflower.training.compiling import Compiling
from storyflower.training.memory import keeping_freed_memory
from storyflower.training.meter import ProgressMeter
from storyflower.training.progress import EpochRecord, Observer
from storyflower.training.ranks import ALONE, Ranks
from storyflower.training.trainer import Resample, Trainer


@dataclass(frozen=True, eq=False)
class Job:
    """Everything that a training depends on; picklable where `resample` is."""

    model: BertForSequenceClassification
    train: LabelledTokens
    dev: LabelledTokens
    recipe: FinetuneRecipe
    hardware: Hardware
    checkpoints: Path
    fingerprint: str
    resample: Resample | None
    compiling: Compiling

    def store(self) -> CheckpointStore:
        """The checkpoints of this training."""
        return CheckpointStore(self.checkpoints, self.fingerprint)


@dataclass(frozen=True)
class JobResult:
    """How a job ended."""

    history: tuple[EpochRecord, ...]
    resumed_from_epoch: int | None


def run_job(job: Job, observers: Sequence[Observer], ranks: Ranks = ALONE) -> JobResult:
    """Train `job.model` in place, from the last checkpoint if there is one; it ends with the last epoch's weights.

    Raises:
        StoryFlowerError: as `finetune` says.
        EncoderError: likewise.
    """

    def say(note: str) -> None:
        for observer in observers:
            observer.noted(note)

    trainer = Trainer(
        *(job.model, job.train, job.dev, job.recipe),
        hardware=job.hardware,
        resample=job.resample,
        compiling=job.compiling,
        say=say,
        ranks=ranks,
    )
    memory = keeping_freed_memory() if job.hardware.device == "cpu" else nullcontext()
    forked = [torch.cuda.current_device()] if job.hardware.device == "cuda" else []
    with memory, job.store() as store, closing(trainer), torch.random.fork_rng(devices=forked):
        if checkpoint := store.latest():
            trainer.restore(checkpoint)
        plan = trainer.plan()
        for observer in observers:
            observer.started(plan)
        meter = ProgressMeter(plan, observers, log_every=job.recipe.log_every, device=job.hardware.device, ranks=ranks)
        while not _is_over(trainer.history, job.recipe):
            record = trainer.run_epoch(meter)
            if ranks.index == 0:
                store.save(trainer.checkpoint())
            for observer in observers:
                observer.epoch_ended(record)
    return JobResult(trainer.history, plan.resumed_from_epoch)


def _is_over(history: tuple[EpochRecord, ...], recipe: FinetuneRecipe) -> bool:
    """Whether all epochs are done, or too many have passed since the best one."""
    patience = recipe.early_stopping_patience
    stalled = bool(history) and patience is not None and len(history) - best_epoch(history) >= patience
    return len(history) >= recipe.epochs or stalled
