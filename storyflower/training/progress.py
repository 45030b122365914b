"""The reports of a training: plain records, and the observers that receive them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar

from storyflower.recipe_parts import Precision

if TYPE_CHECKING:  # it imports PyTorch, which reading a record does not need
    from storyflower.model.devices import Hardware


class Record(Protocol):
    """The results of an epoch: a dataclass of plain values, which a checkpoint holds."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def epoch(self) -> int:
        """From 1."""

    @property
    def loss(self) -> float:
        """Of the weights as they are at the end of the epoch, as far as it is known."""

    @property
    def merit(self) -> float:
        """By which the best epoch is chosen: the one with the highest, of equal ones the earliest."""


R = TypeVar("R", bound=Record)
R_contra = TypeVar("R_contra", bound=Record, contravariant=True)


@dataclass(frozen=True)
class TrainedEpoch:
    """An epoch's training steps, before the epoch is evaluated; losses in nats, shares from 0 to 1."""

    epoch: int
    """From 1."""
    loss: float
    """Mean cross-entropy against the labels over the epoch's predictions, at the time each was trained on."""
    accuracy: float
    learning_rate: float
    """Of the last step."""
    examples_per_second: float
    seconds: float
    setup_seconds: float


@dataclass(frozen=True)
class AdaptRecord(TrainedEpoch):
    """The results of an epoch of an adaptation; loss and accuracy are those of the hidden tokens."""

    @property
    def merit(self) -> float:
        """The last epoch is the best: no texts are held out to choose one, and its learning rate is the lowest."""
        return self.epoch


@dataclass(frozen=True)
class Adaptation:
    """On what an encoder was adapted before its fine-tuning."""

    texts: int
    """All of them: those of the training split, and further ones."""
    unlabelled: int
    """Further texts without labels."""
    epochs: int


@dataclass(frozen=True)
class EpochRecord:
    """One epoch's results; losses in nats, shares from 0 to 1."""

    epoch: int
    """From 1."""
    train_loss: float
    """Mean cross-entropy against the labels over the epoch's examples, at the time each was trained on.

    The same quantity as `dev_loss`: neither class weights nor a teacher's probabilities, which are optimised, enter it.
    """
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

    @property
    def loss(self) -> float:
        """On the development split."""
        return self.dev_loss

    @property
    def merit(self) -> float:
        """Macro-F1 on the development split."""
        return self.dev_macro_f1


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
    history: tuple[Record, ...]
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
    """Mean cross-entropy against the labels over the examples since the last log point, in nats."""
    accuracy: float
    """Over the examples since the last log point, from 0 to 1."""
    learning_rate: float
    examples_per_second: float
    """Of this epoch's training steps."""
    seconds_left: float
    """Until the last epoch ends, at the speed so far."""
    log_point: bool
    """True every `log_every` steps and at the end of an epoch: to be recorded. Otherwise only to be displayed."""


class AbandonedError(Exception):
    """Raised by an observer to end a training that will not be resumed: no checkpoint is written for it."""


class RecordObserver(Protocol[R_contra]):
    """Receives the reports of a training.

    An exception of it ends the training, which can be resumed afterwards unless it is an `AbandonedError`.
    """

    def started(self, plan: TrainingPlan) -> None:
        """Called before the first step."""

    def stepped(self, progress: StepProgress) -> None:
        """Called at every log point, and about once a second between them."""

    def noted(self, note: str) -> None:
        """Called with a message for the user, for example that smaller micro-batches are used."""

    def epoch_ended(self, record: R_contra) -> None:
        """Called after the evaluation of an epoch, while its checkpoint is written."""


Observer: TypeAlias = RecordObserver[EpochRecord]
"""An observer of a fine-tuning."""
AdaptObserver: TypeAlias = RecordObserver[AdaptRecord]
"""An observer of an adaptation."""
