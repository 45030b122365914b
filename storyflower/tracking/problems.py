"""Recognises errors that are no bugs: a full disk, or an MLflow store that does not answer or refuses access."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from mlflow.exceptions import ERROR_CODE_TO_HTTP_STATUS, MlflowException, RestException
from requests import HTTPError

from storyflower.disk_errors import storage_problem
from storyflower.errors import StoryFlowerError, TrackingError, causes
from storyflower.messages import problem
from storyflower.storage.home import Home
from storyflower.tracking.database import is_disconnected, unusable

_TRANSPORT = ("requests", "urllib3")
"""Libraries that only MLflow's client uses here, to reach its server."""

_REFUSALS = (401, 403)
"""HTTP statuses: a login is required; the user lacks the permission."""

_INACTIVE = "must be in the 'active' state"
"""Part of MLflow's message about a run or experiment that was deleted; this error has no code of its own."""

_SERVER_TROUBLE = ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE")


@contextmanager
def known_errors(home: Home) -> Iterator[None]:
    """Raise errors of the context as `raise_known` does."""
    try:
        yield
    except Exception as error:
        raise_known(error, home)


def raise_known(error: Exception, home: Home) -> NoReturn:
    """Raise the StoryFlowerError that explains an error, with the error as its cause; any other error unchanged."""
    if isinstance(error, StoryFlowerError):
        raise error
    known = storage_problem(error, home.folder) or store_problem(error, home)
    if known is None:
        raise error
    raise known from error


def store_problem(error: BaseException, home: Home) -> TrackingError | None:
    """Return the problem of a store that was in use: it stopped answering, is locked, or refuses access.

    None if the error has another cause.
    """
    if _is_about_the_server(error):
        return problem(TrackingError, "mlflow_gone", home.mlflow_place, reason=_without_particulars(error))
    return _of_database(error, home) or _locked(error, home) or _deleted(error, home) or _refused(error, home)


def unreachable(error: BaseException, home: Home) -> TrackingError | None:
    """Return the problem of a store that a command tries to use: it does not answer, is locked, or refuses access.

    None if the error has another cause.
    """
    if _is_about_the_server(error):
        return not_answering(_without_particulars(error), home)
    return _of_database(error, home) or _locked(error, home) or _deleted(error, home) or _refused(error, home)


def _of_database(error: BaseException, home: Home) -> TrackingError | None:
    """Return the problem that PostgreSQL does not answer or cannot go on; None if the error has another cause."""
    cause = next(filter(is_disconnected, causes(error)), None)
    return None if cause is None else unusable(home, cause)


def _locked(error: BaseException, home: Home) -> TrackingError | None:
    """Return the problem that another process has locked the local database; None if the error has another cause."""
    # The low byte of the extended code is the primary one.
    codes = {getattr(cause, "sqlite_errorcode", 0) & 0xFF for cause in causes(error)}
    if codes.isdisjoint((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)):
        return None
    return problem(TrackingError, "mlflow_locked", home.mlflow_place)


def _deleted(error: BaseException, home: Home) -> TrackingError | None:
    """Return the problem that the run or its experiment was deleted meanwhile; None if the error has another cause."""
    if not any(isinstance(cause, MlflowException) and _INACTIVE in str(cause) for cause in causes(error)):
        return None
    return problem(TrackingError, "run_deleted", home.mlflow_place)


def not_answering(reason: str, home: Home) -> TrackingError:
    """Return the problem that the store cannot be used, with MLflow's reason."""
    return problem(TrackingError, "mlflow_silent", home.mlflow_place, reason=reason)


def _refused(error: BaseException, home: Home) -> TrackingError | None:
    """Return the problem that the server requires another login or permission; None if the error has another cause."""
    refusal = next((cause for cause in causes(error) if _http_status(cause) in _REFUSALS), None)
    if refusal is None:
        return None
    reason = _without_particulars(refusal)
    return problem(TrackingError, "mlflow_refuses", home.mlflow_place, status=_http_status(refusal), reason=reason)


def _http_status(error: BaseException) -> int | None:
    """Return the HTTP status of an error of MLflow's client or of requests; None if it has none."""
    if isinstance(error, MlflowException):
        return ERROR_CODE_TO_HTTP_STATUS.get(error.error_code)
    if isinstance(error, HTTPError) and error.response is not None:
        return int(error.response.status_code)
    return None


def is_about_something_absent(error: MlflowException) -> bool:
    """Return whether the store answered that there is no such run, model, version or alias."""
    return error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def _is_about_the_server(error: BaseException) -> bool:
    return any(_is_of_transport(cause) and _http_status(cause) not in _REFUSALS for cause in causes(error))


def _without_particulars(error: BaseException) -> str:
    """Return the first line of a message without the details of the connection that three libraries append."""
    return str(error).partition(" failed with ")[0].partition("\n")[0]


def _is_of_transport(error: BaseException) -> bool:
    if isinstance(error, RestException):
        return error.error_code in _SERVER_TROUBLE
    return not isinstance(error, MlflowException) and type(error).__module__.partition(".")[0] in _TRANSPORT
