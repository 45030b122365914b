"""Fine-tuning, from a fresh classifier or an interrupted run to the best epoch's weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import BertForSequenceClassification

from storyflower.model.devices import Hardware
from storyflower.model.packing import require_fitting
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.training.batches import LabelledTokens
from storyflower.training.checkpoint import CheckpointStore, best_epoch
from storyflower.training.fingerprint import fingerprint
from storyflower.training.meter import ProgressMeter
from storyflower.training.progress import EpochRecord, Observer
from storyflower.training.trainer import Resample, Trainer

__all__ = ["FinetuneResult", "LabelledTokens", "Resample", "finetune"]


@dataclass(frozen=True)
class FinetuneResult:
    """How a training went."""

    history: list[EpochRecord]
    """One record an epoch, those before an interruption included."""
    best_epoch: int
    """From 1: the highest macro-F1 on the development split, of equals the earliest."""
    resumed_from_epoch: int | None
    """The last epoch done before an interruption; none where the training began afresh."""


def finetune(
    model: BertForSequenceClassification,
    train: LabelledTokens,
    dev: LabelledTokens,
    recipe: FinetuneRecipe,
    *,
    hardware: Hardware,
    checkpoints: Path,
    observers: Sequence[Observer] = (),
    resample: Resample | None = None,
) -> FinetuneResult:
    """Train `model` in place; at the end it holds the best epoch's weights, in evaluation mode.

    Called again with the same arguments after an interruption, it goes on from the last whole epoch; on the CPU, with
    the same number of threads, it then ends with the same weights, bit for bit, as without the interruption.

    Args:
        model: as `new_classifier` made it.
        train: what is learnt; the order of its examples does not matter.
        dev: what epochs are judged and chosen by.
        recipe: the optimisation.
        hardware: where to run; on several GPUs the first is used.
        checkpoints: folder of this training's checkpoints, made where missing: the newest one, and the best before it.
        observers: are told of the plan, of steps and of epochs.
        resample: gives other segmentations of the training texts for each epoch.

    Raises:
        StoryFlowerError: the loss is no longer finite, the precision is not to be had on the hardware, or the
            checkpoints cannot be written or are another training's.
        EncoderError: tokens do not fit the encoder.
    """
    for split in (train, dev):
        require_fitting(model, split.tokens)
    store = CheckpointStore(checkpoints, fingerprint(recipe, model, train, dev, resampled=resample is not None))
    trainer = Trainer(model, train, dev, recipe, hardware=hardware, resample=resample)
    if checkpoint := store.latest():
        trainer.restore(checkpoint)

    plan = trainer.plan()
    for observer in observers:
        observer.started(plan)
    meter = ProgressMeter(plan, observers, log_every=recipe.log_every, device=hardware.device)
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if hardware.device == "cuda" else []):
        while not _is_over(trainer.history, recipe):
            record = trainer.run_epoch(meter)
            store.save(trainer.checkpoint())
            for observer in observers:
                observer.epoch_ended(record)

    best = best_epoch(trainer.history)
    if best != len(trainer.history):
        model.load_state_dict(store.model_of(best))
    model.eval()  # type: ignore[no-untyped-call]
    return FinetuneResult(list(trainer.history), best, plan.resumed_from_epoch)


def _is_over(history: tuple[EpochRecord, ...], recipe: FinetuneRecipe) -> bool:
    """Whether all epochs are done, or too many have passed since the best one."""
    patience = recipe.early_stopping_patience
    stalled = bool(history) and patience is not None and len(history) - best_epoch(history) >= patience
    return len(history) >= recipe.epochs or stalled
