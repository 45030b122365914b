"""Fine-tuning, from a fresh classifier or an interrupted run to the best epoch's weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from transformers import BertForSequenceClassification

from storyflower.model.devices import Hardware
from storyflower.model.packing import require_fitting
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.training.batches import LabelledTokens
from storyflower.training.checkpoint import best_epoch
from storyflower.training.compiling import Compiling
from storyflower.training.distributed import run_on_ranks
from storyflower.training.fingerprint import fingerprint
from storyflower.training.job import Job, run_job
from storyflower.training.progress import EpochRecord, Observer
from storyflower.training.trainer import Resample

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
    compiling: Compiling = "auto",
) -> FinetuneResult:
    """Train `model` in place; at the end it holds the best epoch's weights, in evaluation mode.

    Called again with the same arguments after an interruption, it goes on from the last whole epoch; on the CPU, with
    the same number of threads, it then ends with the same weights, bit for bit, as without the interruption.

    Args:
        model: as `new_classifier` made it.
        train: what is learnt; the order of its examples does not matter.
        dev: what epochs are judged and chosen by.
        recipe: the optimisation.
        hardware: where to run; on several GPUs the first is used, or `recipe.devices` of them.
        checkpoints: folder of this training's checkpoints, made where missing: the newest one, and the best before it.
        observers: are told of the plan, of steps and of epochs.
        resample: gives other segmentations of the training texts for each epoch; picklable for several devices.
        compiling: whether the model is compiled first.

    Raises:
        StoryFlowerError: the loss is no longer finite, the precision or so many devices are not to be had on the
            hardware, its memory is too small, or the checkpoints cannot be written or are another training's.
        EncoderError: tokens do not fit the encoder.
    """
    for split in (train, dev):
        require_fitting(model, split.tokens)
    outcome_of = fingerprint(recipe, model, train, dev, resampled=resample is not None)
    job = Job(model, train, dev, recipe, hardware, checkpoints, outcome_of, resample, compiling)
    done = run_job(job, observers) if recipe.devices == 1 else run_on_ranks(job, observers)
    best = best_epoch(done.history)
    if best != len(done.history) or recipe.devices > 1:
        model.load_state_dict(job.store().model_of(best))
    model.eval()  # type: ignore[no-untyped-call]
    return FinetuneResult(list(done.history), best, done.resumed_from_epoch)
