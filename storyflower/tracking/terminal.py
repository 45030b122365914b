"""Displays the progress of a training: a bar in a terminal, log lines without one."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from storyflower.messages import say
from storyflower.training.progress import AdaptRecord, EpochRecord, StepProgress, TrainingPlan

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 15.0
"""The minimum interval between two lines about steps, without a terminal."""


@contextmanager
def progress_display() -> Iterator["ProgressLines"]:
    """Yield an observer that draws a bar on standard error if that is a terminal, else one that logs lines."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield ProgressLines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[figures]}"),
    )
    bar = Progress(*columns, console=console, transient=True)
    try:
        yield ProgressBar(bar)
    finally:
        bar.stop()


class ProgressLines:
    """Logs the plan, a line about steps every few seconds, and every epoch."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def started(self, plan: TrainingPlan) -> None:
        """Log the plan."""
        sizes = {"examples": plan.examples, "dev": plan.dev_examples, "epochs": plan.epochs}
        where = {"precision": plan.precision, "hardware": plan.hardware.describe()}
        millions = plan.parameters / 1e6
        code = "progress.plan" if plan.dev_examples else "progress.adapt_plan"
        log.info(say(code, None, **sizes, **where, steps=plan.steps_per_epoch, millions=millions))
        for note in plan.notes:
            log.info("%s", note)
        if plan.resumed_from_epoch is not None:
            log.info(say("progress.resumed", epoch=plan.resumed_from_epoch))

    def stepped(self, progress: StepProgress) -> None:
        """Log the step if the last line was logged `SECONDS_BETWEEN_LINES` ago or more."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            place = {"epoch": progress.epoch, "epochs": progress.epochs, "step": progress.step}
            steps = progress.steps_total
            log.info(say("progress.step", None, **place, steps=steps, figures=figures(progress)))

    def noted(self, note: str) -> None:
        """Log the note."""
        log.info("%s", note)

    def epoch_ended(self, record: EpochRecord | AdaptRecord) -> None:
        """Log the figures of the epoch."""
        self._last = time.monotonic()
        if isinstance(record, AdaptRecord):
            found = {"accuracy": record.accuracy, "loss": record.loss}
            log.info(say("progress.adapt_epoch", None, **found, epoch=record.epoch, pace=record.examples_per_second))
            return
        scores = {"accuracy": record.dev_accuracy, "score": record.dev_macro_f1, "loss": record.train_loss}
        log.info(say("progress.epoch", None, **scores, epoch=record.epoch, pace=record.examples_per_second))


class ProgressBar(ProgressLines):
    """Logs plan and epochs like `ProgressLines`, and draws a bar for the steps."""

    def __init__(self, bar: Progress) -> None:
        super().__init__()
        self._bar = bar
        self._task = bar.add_task(say("progress.bar"), total=None, figures="")

    def started(self, plan: TrainingPlan) -> None:
        """Draw the bar and log the plan."""
        self._bar.start()
        super().started(plan)

    def stepped(self, progress: StepProgress) -> None:
        """Update the bar."""
        self._bar.update(
            self._task,
            description=say("progress.bar_epoch", epoch=progress.epoch, epochs=progress.epochs),
            total=progress.steps_total,
            completed=progress.step,
            figures=figures(progress),
        )


def figures(progress: StepProgress) -> str:
    """Format loss, accuracy, speed and remaining time."""
    left = timedelta(seconds=round(progress.seconds_left))
    pace = progress.examples_per_second
    return say("progress.figures", loss=progress.loss, accuracy=progress.accuracy, pace=pace, left=left)
