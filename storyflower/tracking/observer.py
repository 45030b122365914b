"""Training figures to MLflow while the training runs."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from mlflow.exceptions import MlflowException

from storyflower.messages import say
from storyflower.tracking.problems import gone_away
from storyflower.tracking.runs import TrackedRun, now_ms
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan

log = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIES = 60.0
"""While MLflow does not answer: how long the training goes on before it asks again."""


class MlflowObserver:
    """Logs the training figures every `log_every` steps (by step) and the epoch's figures (by epoch).

    A server that goes away does not end a training: what it should have been told is kept, and told when it is back,
    at the latest by `tell_the_rest`.
    """

    def __init__(self, run: TrackedRun) -> None:
        self._run = run
        self._notes: list[str] = []
        self._untold: list[Callable[[], None]] = []
        self._next_try = 0.0

    def started(self, plan: TrainingPlan) -> None:
        """Log the plan; epochs that an interrupted run has done are logged again, so that this run is whole."""
        tags = {"parameters": str(plan.parameters), "training_examples": str(plan.examples)}
        if plan.resumed_from_epoch is not None:
            tags["resumed_from_epoch"] = str(plan.resumed_from_epoch)
        self._tell(partial(self._run.set_tags, tags))
        self._tell(partial(log_history, self._run, [asdict(record) for record in plan.history]))

    def stepped(self, progress: StepProgress) -> None:
        """Log the figures of a log point."""
        if progress.log_point:
            figures = {
                "train/loss": progress.loss,
                "train/accuracy": progress.accuracy,
                "train/learning_rate": progress.learning_rate,
                "train/examples_per_second": progress.examples_per_second,
            }
            self._tell(partial(self._run.log_metrics, figures, step=progress.step, at_ms=now_ms()))

    def noted(self, note: str) -> None:
        """Keep the notes with the run, as one tag."""
        self._notes.append(note)
        self._tell(partial(self._run.set_tags, {"training_notes": "\n".join(self._notes)}))

    def epoch_ended(self, record: EpochRecord) -> None:
        """Log the figures of an epoch."""
        self._tell(partial(log_history, self._run, [asdict(record)], at_ms=now_ms()))

    def tell_the_rest(self) -> None:
        """Log what has waited, at once; after the training, for which nothing waits any more.

        Raises:
            MlflowException: the server is away still.
        """
        while self._untold:
            self._untold[0]()
            self._untold.pop(0)

    def _tell(self, message: Callable[[], None]) -> None:
        """Log something, after what is still untold; later, where the server is away."""
        self._untold.append(message)
        if time.monotonic() < self._next_try:
            return
        try:
            self.tell_the_rest()
        except MlflowException as error:
            if gone_away(error, self._run.home) is None:
                raise
            self._next_try = time.monotonic() + SECONDS_BETWEEN_TRIES
            log.warning(say("log.figures_wait"))


def log_history(run: TrackedRun, history: Sequence[dict[str, Any]], *, at_ms: int | None = None) -> None:
    """Log what each epoch ended with, at the epoch's number."""
    for record in history:
        figures = {f"epoch/{name}": float(value) for name, value in record.items() if name != "epoch"}
        run.log_metrics(figures, step=record["epoch"], at_ms=at_ms)
