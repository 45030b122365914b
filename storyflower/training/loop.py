"""Training, from a new model or an interrupted training to the best epoch's weights."""

from collections.abc import Sequence

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.training.ahead import Resample
from storyflower.training.batches import LabelledTokens
from storyflower.training.distributed import run_on_ranks
from storyflower.training.epochs import FinetuneResult, TrainingResult, run_epochs
from storyflower.training.job import Job
from storyflower.training.progress import R, RecordObserver
from storyflower.training.training_job import TrainingJob

__all__ = ["FinetuneResult", "LabelledTokens", "Resample", "TrainingJob", "finetune"]


def finetune(job: Job[R], observers: Sequence[RecordObserver[R]] = ()) -> TrainingResult[R]:
    """Train `job.model` in place; at the end it holds the best epoch's weights, in evaluation mode.

    Called with an equal job after an interruption, it resumes after the last epoch that has a checkpoint (at most one a
    minute is written); on the CPU, with the same number of threads, the final weights are then the same, bit for bit,
    as without the interruption.

    Args:
        job: the training.
        observers: receive the plan, the progress of steps, and the record of every epoch.

    Raises:
        StoryFlowerError: the loss is no longer finite, the hardware lacks the precision, the devices or the memory, or
            the checkpoints cannot be written or belong to another training.
        EncoderError: resampled tokens do not fit the encoder.
    """
    several = job.recipe.ranks > 1
    result = run_on_ranks(job, observers) if several else run_epochs(job, observers)
    if several:
        store = job.checkpoint_store()
        if not (checkpoint := store.latest()):
            raise problem(StoryFlowerError, "best_checkpoint_gone", str(job.checkpoints), epoch=result.best_epoch)
        job.model.load_state_dict(store.best_of(checkpoint))
    job.model.eval()  # type: ignore[no-untyped-call]
    return result
