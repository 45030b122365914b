"""Logs training figures to MLflow while the training runs."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TypeVar

from mlflow.exceptions import MlflowException

from storyflower.messages import say
from storyflower.tracking.problems import store_problem
from storyflower.tracking.runs import TrackedRun, now_ms
from storyflower.training.progress import Record, StepProgress, TrainingPlan

log = logging.getLogger(__name__)

V = TypeVar("V")

SECONDS_BETWEEN_TRIES = 60.0
"""Seconds between two attempts to reach an MLflow server that does not answer."""


class MlflowObserver:
    """Logs the training figures every `log_every` steps (by step) and the epoch's figures (by epoch).

    A training does not end when the server stops answering: figures are kept and logged when the server answers again,
    at the latest by `flush`.
    """

    def __init__(self, run: TrackedRun, prefix: str = "") -> None:
        """Log to a run, with `prefix` before the name of every metric and tag: a run may have several trainings."""
        self._run, self._prefix = run, prefix
        self._notes: list[str] = []
        self._pending: list[Callable[[], None]] = []
        self._next_try = 0.0

    def started(self, plan: TrainingPlan) -> None:
        """Log the plan, and again the epochs of an interrupted run that this one resumes, so that this run has all."""
        tags = {"parameters": str(plan.parameters), "training_examples": str(plan.examples)}
        tags |= {"device": plan.hardware.recorded, "precision": plan.precision}
        if plan.resumed_from_epoch is not None:
            tags["resumed_from_epoch"] = str(plan.resumed_from_epoch)
        self._log(partial(self._run.set_tags, self._named(tags)))
        self._log(partial(log_history, self._run, plan.history, prefix=self._prefix))

    def stepped(self, progress: StepProgress) -> None:
        """Log the figures of a log point."""
        if progress.log_point:
            figures = {
                "train/loss": progress.loss,
                "train/accuracy": progress.accuracy,
                "train/learning_rate": progress.learning_rate,
                "train/examples_per_second": progress.examples_per_second,
            }
            self._log(partial(self._run.log_metrics, self._named(figures), step=progress.step, at_ms=now_ms()))

    def noted(self, note: str) -> None:
        """Write all notes so far to one tag of the run."""
        self._notes.append(note)
        self._log(partial(self._run.set_tags, self._named({"training_notes": "\n".join(self._notes)})))

    def epoch_ended(self, record: Record) -> None:
        """Log the figures of an epoch."""
        self._log(partial(log_history, self._run, [record], at_ms=now_ms(), prefix=self._prefix))

    def flush(self) -> None:
        """Log everything that is pending, at once; called when the training has ended.

        Raises:
            MlflowException: the server still does not answer.
        """
        while self._pending:
            self._pending[0]()
            self._pending.pop(0)

    def _named(self, values: Mapping[str, V]) -> dict[str, V]:
        return {f"{self._prefix}{name}": value for name, value in values.items()}

    def _log(self, call: Callable[[], None]) -> None:
        """Make a logging call after all pending ones, or keep it pending while the server does not answer."""
        self._pending.append(call)
        if time.monotonic() < self._next_try:
            return
        try:
            self.flush()
        except MlflowException as error:
            if store_problem(error, self._run.home) is None:
                raise
            self._next_try = time.monotonic() + SECONDS_BETWEEN_TRIES
            log.warning(say("log.figures_wait"))


def log_history(run: TrackedRun, history: Sequence[Record], *, at_ms: int | None = None, prefix: str = "") -> None:
    """Log the figures of each epoch, with the epoch's number as the step and `prefix` before their names."""
    for record in history:
        figures = {f"{prefix}epoch/{name}": float(value) for name, value in asdict(record).items() if name != "epoch"}
        run.log_metrics(figures, step=record.epoch, at_ms=at_ms)
