"""Errors of the surroundings, told apart from bugs: a disk that is full, an MLflow store that has gone away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from mlflow.exceptions import MlflowException, RestException

from storyflower.errors import StoryFlowerError, TrackingError
from storyflower.settings import settings
from storyflower.storage import chain_of, storage_problem

_TRANSPORT = ("requests", "urllib3")
"""Libraries by which MLflow's client reaches a server, and nothing else here does."""

_SERVER_TROUBLE = ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE")


@contextmanager
def told() -> Iterator[None]:
    """Within it, what a person can mend is raised as such."""
    try:
        yield
    except Exception as error:
        raise_told(error)


def raise_told(error: Exception) -> NoReturn:
    """Raise what a person can mend as such, with the error as its cause; any other error as it is."""
    if isinstance(error, StoryFlowerError):
        raise error
    problem = storage_problem(error, settings().home) or gone_away(error)
    if problem is None:
        raise error
    raise problem from error


def gone_away(error: BaseException) -> TrackingError | None:
    """The problem that the MLflow server does not answer any more, None when the error is another."""
    if not _is_about_the_server(error):
        return None
    return TrackingError(
        f"the MLflow server stopped answering: {_without_particulars(error)}",
        where=settings().mlflow_place,
        remedy="Every finished stage is kept, the trained model too. Start the server, then run the same command "
        "again: it trains nothing twice.",
    )


def unreachable(error: BaseException) -> TrackingError | None:
    """The problem that a command finds no MLflow server, None when the error is another."""
    return not_answering(_without_particulars(error)) if _is_about_the_server(error) else None


def not_answering(told: str) -> TrackingError:
    """The problem that the store cannot be used, in the words in which MLflow told it."""
    return TrackingError(
        f"the MLflow store does not answer: {told}",
        where=settings().mlflow_place,
        remedy="Start it, or unset MLFLOW_TRACKING_URI and STORYFLOWER_TRACKING_URI to use the local store.",
    )


def is_about_something_absent(error: MlflowException) -> bool:
    """Whether the store has answered that there is no such run, model, version or alias."""
    return error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def _is_about_the_server(error: BaseException) -> bool:
    return any(_is_of_transport(cause) for cause in chain_of(error))


def _without_particulars(error: BaseException) -> str:
    """What was asked of the server, without how the connection broke in the words of three libraries."""
    return str(error).partition(" failed with ")[0].partition("\n")[0]


def _is_of_transport(error: BaseException) -> bool:
    if isinstance(error, RestException):
        return error.error_code in _SERVER_TROUBLE
    return not isinstance(error, MlflowException) and type(error).__module__.partition(".")[0] in _TRANSPORT
