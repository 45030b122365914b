"""The one thread in which the MLflow store is called, so that a signal never breaks a call off halfway.

Python runs the handlers of signals in the main thread only: Ctrl-C, the SIGTERM of a worker and the alarm of a time
limit raise there, between any two instructions. In the middle of a write to SQLite such an exception leaves the
transaction open for as long as its traceback is kept, and the write that closes the run then meets a locked database.
Here the main thread only waits for a call. The waiting may be interrupted; the call itself ends, and the next one comes
after it.
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
from storyflower.tracking.problems import gone_away

_SECONDS_TO_WAIT = 120
"""For another process that has the local database locked; MLflow itself waits for 20."""
_WAITS = "PRAGMA busy_timeout"

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mlflow-store")
_inside = threading.local()
_silent: dict[str, Exception] = {}
"""The error by which a store, by its URI, was found not to answer at the last call."""

P = ParamSpec("P")
T = TypeVar("T")


class StoreClient(MlflowClient):
    """MLflow's client of a home's store, every call of which is made in the store's thread."""

    def __init__(self, home: Home) -> None:
        super().__init__(home.mlflow_uri, home.mlflow_uri)
        self._home = home

    def __getattribute__(self, name: str) -> Any:
        """The attribute; a public method as one that runs in the store's thread."""
        found = super().__getattribute__(name)
        return (
            partial(in_store_thread, _unless_silent, self._home, found) if callable(found) and name[0] != "_" else found
        )


def in_store_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call in the store's thread and wait for what it returns or raises; calls are made one after the other.

    A call from within another one is made at once.
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
    """Make the call, unless the server did not answer the last one and still answers nothing at all.

    MLflow's client tries each call for minutes, and a run that ends after its server makes several.
    """
    uri = home.mlflow_uri
    if uri in _silent and not answers(uri):
        raise MlflowException(str(_silent[uri])) from _silent[uri]
    _silent.pop(uri, None)
    try:
        return call(*args, **kwargs)
    except Exception as error:
        if gone_away(error, home) is not None:
            _silent[uri] = error
        raise


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def _wait_longer(
    _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """MLflow sets its own waiting time at the start of each session of SQLite: here it becomes ours."""
    if statement.startswith(_WAITS) and isinstance(cursor, sqlite3.Cursor):
        return f"{_WAITS} = {_SECONDS_TO_WAIT * 1000}", parameters
    return statement, parameters
