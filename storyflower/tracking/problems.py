"""Errors of the surroundings, told apart from bugs: a full disk, an MLflow store that is gone or refuses access."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from mlflow.exceptions import ERROR_CODE_TO_HTTP_STATUS, MlflowException, RestException
from requests import HTTPError

from storyflower.disk_errors import chain_of, storage_problem
from storyflower.errors import StoryFlowerError, TrackingError
from storyflower.messages import problem
from storyflower.storage.home import Home

_TRANSPORT = ("requests", "urllib3")
"""Libraries by which MLflow's client reaches a server, and nothing else here does."""

_REFUSALS = (401, 403)
"""HTTP status of a server that wants a login, and of one whose user may not do this."""

_INACTIVE = "must be in the 'active' state"
"""In what MLflow says of a run or an experiment that was deleted; it has no code of its own."""

_SERVER_TROUBLE = ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE")


@contextmanager
def told(home: Home) -> Iterator[None]:
    """Within it, what a person can mend is raised as such."""
    try:
        yield
    except Exception as error:
        raise_told(error, home)


def raise_told(error: Exception, home: Home) -> NoReturn:
    """Raise what a person can mend as such, with the error as its cause; any other error as it is."""
    if isinstance(error, StoryFlowerError):
        raise error
    known = storage_problem(error, home.folder) or gone_away(error, home)
    if known is None:
        raise error
    raise known from error


def gone_away(error: BaseException, home: Home) -> TrackingError | None:
    """The problem that the MLflow server does not answer, or no longer lets us in; None when the error is another."""
    if _is_about_the_server(error):
        return problem(TrackingError, "mlflow_gone", home.mlflow_place, reason=_without_particulars(error))
    return _locked(error, home) or _deleted(error, home) or _refused(error, home)


def unreachable(error: BaseException, home: Home) -> TrackingError | None:
    """The problem that a command finds no MLflow server, or is refused by it; None when the error is another."""
    if _is_about_the_server(error):
        return not_answering(_without_particulars(error), home)
    return _locked(error, home) or _deleted(error, home) or _refused(error, home)


def _locked(error: BaseException, home: Home) -> TrackingError | None:
    """The problem that another process has the local database locked; None when the error is another."""
    # The low byte of the extended code is the primary one.
    codes = {getattr(cause, "sqlite_errorcode", 0) & 0xFF for cause in chain_of(error)}
    if codes.isdisjoint((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)):
        return None
    return problem(TrackingError, "mlflow_locked", home.mlflow_place)


def _deleted(error: BaseException, home: Home) -> TrackingError | None:
    """The problem that the run, or its experiment, was deleted while it went on; None when the error is another."""
    if not any(isinstance(cause, MlflowException) and _INACTIVE in str(cause) for cause in chain_of(error)):
        return None
    return problem(TrackingError, "run_deleted", home.mlflow_place)


def experiment_deleted(experiment_id: str, home: Home) -> TrackingError:
    """The problem that the experiment of all runs was deleted."""
    place = home.mlflow_place
    return problem(TrackingError, "experiment_deleted", place, id=experiment_id, uri=place)


def not_answering(reason: str, home: Home) -> TrackingError:
    """The problem that the store cannot be used, for the reason that MLflow gives."""
    return problem(TrackingError, "mlflow_silent", home.mlflow_place, reason=reason)


def _refused(error: BaseException, home: Home) -> TrackingError | None:
    """The problem that the MLflow server wants another login or other rights; None when the error is another."""
    refusal = next((cause for cause in chain_of(error) if _http_status(cause) in _REFUSALS), None)
    if refusal is None:
        return None
    reason = _without_particulars(refusal)
    return problem(TrackingError, "mlflow_refuses", home.mlflow_place, status=_http_status(refusal), reason=reason)


def _http_status(error: BaseException) -> int | None:
    """The HTTP status behind an error of MLflow's client or of the library by which it reaches the server."""
    if isinstance(error, MlflowException):
        return ERROR_CODE_TO_HTTP_STATUS.get(error.error_code)
    if isinstance(error, HTTPError) and error.response is not None:
        return int(error.response.status_code)
    return None


def is_about_something_absent(error: MlflowException) -> bool:
    """Whether the store has answered that there is no such run, model, version or alias."""
    return error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def _is_about_the_server(error: BaseException) -> bool:
    return any(_is_of_transport(cause) and _http_status(cause) not in _REFUSALS for cause in chain_of(error))


def _without_particulars(error: BaseException) -> str:
    """What was asked of the server, without how the connection broke in the words of three libraries."""
    return str(error).partition(" failed with ")[0].partition("\n")[0]


def _is_of_transport(error: BaseException) -> bool:
    if isinstance(error, RestException):
        return error.error_code in _SERVER_TROUBLE
    return not isinstance(error, MlflowException) and type(error).__module__.partition(".")[0] in _TRANSPORT
