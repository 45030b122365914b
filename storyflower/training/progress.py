"""The reports of a training: plain records, and the observers that receive them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from storyflower.recipe_parts import Precision

if TYPE_CHECKING:  # it imports PyTorch, which reading a record does not need
    from storyflower.model.devices import Hardware


@dataclass(frozen=True)
class EpochRecord:
    """One epoch's results; losses in nats, shares from 0 to 1."""

    epoch: int
    """From 1."""
    train_loss: float
    """Mean over the epoch's examples, at the time each was trained on (weighted if class weights are on)."""
    train_accuracy: float
    dev_loss: float
    dev_accuracy: float
    dev_macro_f1: float
    learning_rate: float
    """Of the epoch's last step."""
    examples_per_second: float
    """Of the training steps, without evaluation and checkpoint."""
    seconds: float
    """Of the training steps."""
    dev_seconds: float
    """Of the evaluation on the development split."""
    setup_seconds: float = 0.0
    """Of compiling and of recording the step, before and between the training steps."""


@dataclass(frozen=True)
class TrainingPlan:
    """A training before its first step."""

    hardware: "Hardware"
    precision: Precision
    epochs: int
    batch_size: int
    steps_per_epoch: int
    examples: int
    """Training examples an epoch."""
    dev_examples: int
    parameters: int
    """Trained parameters of the model."""
    history: tuple[EpochRecord, ...]
    """Epochs finished before an interruption, which are not repeated."""
    notes: tuple[str, ...]
    """Messages for the user: where this run differs from the recipe."""

    @property
    def steps_total(self) -> int:
        """Optimizer steps of the whole training."""
        return self.epochs * self.steps_per_epoch

    @property
    def examples_total(self) -> int:
        """Examples of the whole training, each counted once an epoch."""
        return self.epochs * self.examples

    @property
    def resumed_from_epoch(self) -> int | None:
        """The last epoch finished before an interruption; None if the training starts from the beginning."""
        return len(self.history) or None


@dataclass(frozen=True)
class StepProgress:
    """The state of a training after a step."""

    epoch: int
    """From 1."""
    epochs: int
    step: int
    """Steps finished in the whole training, from 1."""
    steps_total: int
    examples_seen: int
    """Of the whole training."""
    examples_total: int
    loss: float
    """Mean over the examples since the last log point, in nats."""
    accuracy: float
    """Over the examples since the last log point, from 0 to 1."""
    learning_rate: float
    examples_per_second: float
    """Of this epoch's training steps."""
    seconds_left: float
    """Until the last epoch ends, at the speed so far."""
    log_point: bool
    """True every `log_every` steps and at the end of an epoch: to be recorded. Otherwise only to be displayed."""


class Observer(Protocol):
    """Receives the reports of a training. An exception of it ends the training, which can be resumed afterwards."""

    def started(self, plan: TrainingPlan) -> None:
        """Called before the first step."""

    def stepped(self, progress: StepProgress) -> None:
        """Called at every log point, and about once a second between them."""

    def noted(self, note: str) -> None:
        """Called with a message for the user, for example that smaller micro-batches are used."""

    def epoch_ended(self, record: EpochRecord) -> None:
        """Called after the evaluation of an epoch, while its checkpoint is written."""
