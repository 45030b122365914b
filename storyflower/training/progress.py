"""What a training tells those who watch it: plain records, handed to observers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from storyflower.recipe_parts import Precision

if TYPE_CHECKING:  # it imports PyTorch, which who reads a record does not need
    from storyflower.model.devices import Hardware


@dataclass(frozen=True)
class EpochRecord:
    """One epoch's results; losses in nats, shares from 0 to 1."""

    epoch: int
    """From 1."""
    train_loss: float
    """Mean over the epoch's examples, as they were met (weighted where class weights are on)."""
    train_accuracy: float
    dev_loss: float
    dev_accuracy: float
    dev_macro_f1: float
    learning_rate: float
    """Of the epoch's last step."""
    examples_per_second: float
    """Of the training steps; evaluation and checkpoint not counted."""
    seconds: float
    """Of the training steps."""
    dev_seconds: float
    """Of the evaluation on the development split."""
    setup_seconds: float = 0.0
    """Of compiling and of recording the step, before and between the training steps."""


@dataclass(frozen=True)
class TrainingPlan:
    """What is about to happen."""

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
    """Epochs done before an interruption, which are not run again."""
    notes: tuple[str, ...]
    """Where this run departs from the recipe, in words for a person."""

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
        """The last epoch done before an interruption; none at a fresh start."""
        return len(self.history) or None


@dataclass(frozen=True)
class StepProgress:
    """Where the training stands after a step."""

    epoch: int
    """From 1."""
    epochs: int
    step: int
    """Steps done, of the whole training, from 1."""
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
    """True every `log_every` steps and at the end of an epoch: a figure to keep. Else a report for the eye."""


class Observer(Protocol):
    """Watches a training. What it raises ends the training, which can be resumed from the last whole epoch."""

    def started(self, plan: TrainingPlan) -> None:
        """Before the first step."""

    def stepped(self, progress: StepProgress) -> None:
        """At every log point, and about once a second between them."""

    def noted(self, note: str) -> None:
        """When a training has to say something for a person to read, such as that it goes on in another way."""

    def epoch_ended(self, record: EpochRecord) -> None:
        """After an epoch's evaluation, while its checkpoint is written."""
