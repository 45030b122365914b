"""Calls the MLflow store in one thread, so that a signal never interrupts a call.

Python runs signal handlers in the main thread only: Ctrl-C, the SIGTERM of a worker and the alarm of a time limit raise
there, between any two instructions. In the middle of a write to SQLite such an exception leaves the transaction open
for as long as its traceback is kept, and the write that closes the run then finds the database locked. Here the main
thread only waits for a call. The wait may be interrupted; the call itself is completed before the next one.
"""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy import event
from sqlalchemy.engine import Engine

from storyflower.storage.home import Home
from storyflower.store_probe import answers
from storyflower.tracking.problems import store_problem

_SECONDS_TO_WAIT = 120
"""The wait for another process that has locked the local database; MLflow itself waits for 20."""
_WAITS = "PRAGMA busy_timeout"

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mlflow-store")
_inside = threading.local()
_silent: dict[str, Exception] = {}
"""By the URI of a store that did not answer the last call: the error of that call."""

P = ParamSpec("P")
T = TypeVar("T")


class StoreClient(MlflowClient):
    """MLflow's client of a home's store; every call is made in the store's thread."""

    def __init__(self, home: Home) -> None:
        super().__init__(home.mlflow_uri, home.mlflow_uri)
        self._home = home

    def __getattribute__(self, name: str) -> Any:
        """Return the attribute; a public method runs in the store's thread."""
        found = super().__getattribute__(name)
        return (
            partial(in_store_thread, _unless_silent, self._home, found) if callable(found) and name[0] != "_" else found
        )


def in_store_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call in the store's thread, and return or raise its result; calls are made one after the other.

    A nested call is made at once.
    """
    if getattr(_inside, "now", False):
        return call(*args, **kwargs)
    return _thread.submit(copy_context().run, _marked, partial(call, *args, **kwargs)).result()


def _marked(call: Callable[[], T]) -> T:
    _inside.now = True
    try:
        return call()
    finally:
        _inside.now = False


def _unless_silent(home: Home, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make the call, unless the server did not answer the last one and still does not answer.

    MLflow's client retries each call for minutes, and a run makes several calls when it ends.

    Raises:
        MlflowException: the server still does not answer.
    """
    uri = home.mlflow_uri
    if uri in _silent and not answers(uri):
        raise MlflowException(str(_silent[uri])) from _silent[uri]
    _silent.pop(uri, None)
    try:
        return call(*args, **kwargs)
    except Exception as error:
        if store_problem(error, home) is not None:
            _silent[uri] = error
        raise


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def _wait_longer(
    _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """Replace the timeout that MLflow sets at the start of each SQLite session by `_SECONDS_TO_WAIT`."""
    if statement.startswith(_WAITS) and isinstance(cursor, sqlite3.Cursor):
        return f"{_WAITS} = {_SECONDS_TO_WAIT * 1000}", parameters
    return statement, parameters
