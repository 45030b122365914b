"""Training figures to MLflow while the training runs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from storyflower.registry.tracking import TrackedRun
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan


class MlflowObserver:
    """Logs the training figures every `log_every` steps (by step) and the epoch's figures (by epoch)."""

    def __init__(self, run: TrackedRun) -> None:
        self._run = run
        self._notes: list[str] = []

    def started(self, plan: TrainingPlan) -> None:
        """Log the plan; epochs that an interrupted run has done are logged again, so that this run is whole."""
        self._run.set_tags({"parameters": str(plan.parameters), "training_examples": str(plan.examples)})
        if plan.resumed_from_epoch is not None:
            self._run.set_tags({"resumed_from_epoch": str(plan.resumed_from_epoch)})
        log_history(self._run, [asdict(record) for record in plan.history])

    def stepped(self, progress: StepProgress) -> None:
        """Log the figures of a log point."""
        if progress.log_point:
            figures = {
                "train/loss": progress.loss,
                "train/accuracy": progress.accuracy,
                "train/learning_rate": progress.learning_rate,
                "train/examples_per_second": progress.examples_per_second,
            }
            self._run.log_metrics(figures, step=progress.step)

    def noted(self, note: str) -> None:
        """Keep the notes with the run, as one tag."""
        self._notes.append(note)
        self._run.set_tags({"training_notes": "\n".join(self._notes)})

    def epoch_ended(self, record: EpochRecord) -> None:
        """Log the figures of an epoch."""
        log_history(self._run, [asdict(record)])


def log_history(run: TrackedRun, history: Sequence[dict[str, Any]]) -> None:
    """Log what each epoch ended with, at the epoch's number."""
    for record in history:
        figures = {f"epoch/{name}": float(value) for name, value in record.items() if name != "epoch"}
        run.log_metrics(figures, step=record["epoch"])
