"""Problems that a user can mend. Each message names what is wrong, where, and what to do."""

from collections.abc import Iterator
from typing import ClassVar

from storyflower.redaction import redacted


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its class where it has none."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and the errors that led to it, as Python itself would show them (`from None` ends the chain)."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


class StoryFlowerError(Exception):
    """A problem with the input or the surroundings, never a bug: shown as one message, without a traceback.

    `retryable` is whether the same call may succeed a moment later, as after a connection that was reset.
    Addresses in its texts are without their secrets: errors are logged, kept as states, and set as tags.
    """

    retryable: bool = False
    exit_code: ClassVar[int] = 1
    """The exit code of a command that ends with this error: 1 where something failed or was refused, 2 for wrong usage
    and for input that is missing or unreadable."""

    def __init__(self, problem: str, *, where: str = "", remedy: str = "", retryable: bool = False) -> None:
        self.problem = redacted(problem)
        self.retryable = retryable
        self.where = redacted(where)
        self.remedy = redacted(remedy)
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n→ {self.remedy}" if self.remedy else ""
        return f"{place}{self.problem}{advice}"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled whole, so that Prefect and worker processes can hand the error on."""
        return (_rebuild, (type(self), self.__dict__))


def _rebuild(kind: type[StoryFlowerError], state: dict[str, object]) -> StoryFlowerError:
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("problem", ""))
    error.__dict__.update(state)
    return error


class RecipeError(StoryFlowerError):
    """A recipe or a setting has a value that cannot work."""

    exit_code = 2


class WorkbookError(StoryFlowerError):
    """A workbook cannot be read at all: wrong type, damaged, a missing column, no rows."""

    exit_code = 2


class StudyError(StoryFlowerError):
    """The trials of a sweep cannot be read or written, or a trial was given to another process."""


class SweepError(StoryFlowerError):
    """A sweep cannot go on, because what it trains fails again and again."""


class DataContractError(StoryFlowerError):
    """So many rows break the data contract that training on the rest would mislead."""


class TokenizerHealthError(StoryFlowerError):
    """The tokenizer does not fit the text: training would run, and learn nothing."""


class EncoderError(StoryFlowerError):
    """The encoder cannot be found, or is not a BERT directory with a vocabulary."""

    exit_code = 2


class InputError(StoryFlowerError):
    """The input of a model is not text, or has a form that the model does not read."""


class AnswerError(StoryFlowerError):
    """A model's answers are no numbers: its weights are damaged, or its training diverged."""


class TrackingError(StoryFlowerError):
    """The MLflow store or a registered model cannot be reached or used."""


class VersionFilesError(TrackingError):
    """The files of a registered version are missing, altered or damaged, and cannot be put back."""


class StorageError(StoryFlowerError):
    """The disk is full, or a folder must not be written."""


class SharedStoreError(StoryFlowerError):
    """The shared store cannot be reached, refuses access, is full, or lacks what its use requires."""
