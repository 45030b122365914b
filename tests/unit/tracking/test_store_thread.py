"""A signal that comes while the store is written: the write ends, the run is closed, and nothing stays locked."""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy import event
from sqlalchemy.engine import Engine

from storyflower.errors import TrackingError
from storyflower.tracking.observer import MlflowObserver
from storyflower.tracking.problems import store_problem
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client, experiment_id
from storyflower.tracking.store_thread import in_store_thread
from tests.homes import current_home
from tests.waiting import GIVE_UP_S


@contextmanager
def interrupted_in(statement: str) -> Iterator[None]:
    """Lock the database, and interrupt the main thread once a statement that begins so has met the lock.

    The lock is given back only then: the write is under way when the signal comes, and ends after it.
    """
    met = threading.Event()

    def watch(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.startswith(statement):
            met.set()

    def interrupt() -> None:
        with closing(sqlite3.connect(current_home().mlflow_database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            assert met.wait(GIVE_UP_S)
            os.kill(os.getpid(), signal.SIGINT)
            while not interrupted.wait(1):  # a signal just before the main thread began to wait does not end the wait
                os.kill(os.getpid(), signal.SIGINT)
            other.execute("ROLLBACK")

    locked, interrupted = threading.Event(), threading.Event()

    def handler(*_: object) -> None:
        if not interrupted.is_set():
            interrupted.set()
            raise KeyboardInterrupt

    former = signal.signal(signal.SIGINT, handler)
    thread = threading.Thread(target=interrupt)
    event.listen(Engine, "before_cursor_execute", watch)
    try:
        thread.start()
        assert locked.wait(GIVE_UP_S)
        yield
    finally:
        thread.join(GIVE_UP_S)
        event.remove(Engine, "before_cursor_execute", watch)
        signal.signal(signal.SIGINT, former)


def newest() -> tuple[str, str]:
    (run,) = client(current_home()).search_runs(
        [experiment_id(current_home())], max_results=1, order_by=["attributes.start_time DESC"]
    )
    return run.info.status, run.data.tags.get("reason", "")


def test_an_interrupt_within_a_write_closes_the_run() -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        tracked_run(current_home(), "interrupted", {}) as run,
        interrupted_in("INSERT INTO tags"),
    ):
        run.set_tags({"a": "1"})
    assert newest() == ("KILLED", "KeyboardInterrupt")
    assert client(current_home()).get_run(run.run_id).data.tags["a"] == "1"  # what was begun has ended
    with closing(sqlite3.connect(current_home().mlflow_database, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")  # nothing holds a lock


def test_an_interrupt_while_the_run_is_opened_leaves_no_open_run() -> None:
    experiment_id(current_home())
    with (
        pytest.raises(KeyboardInterrupt),
        interrupted_in("INSERT INTO runs"),
        tracked_run(current_home(), "interrupted", {}),
    ):
        pytest.fail("the body runs although its opening was interrupted")
    assert newest() == ("KILLED", "KeyboardInterrupt")


def test_calls_are_made_in_one_thread_one_within_another_too() -> None:
    def outer() -> tuple[str, str]:
        return threading.current_thread().name, in_store_thread(lambda: threading.current_thread().name)

    here, within = in_store_thread(outer)
    assert here == within != threading.current_thread().name


def test_a_locked_database_is_waited_for_longer_than_mlflow_does() -> None:
    """MLflow's timeout of 20 s becomes two minutes, as SQLite reports it in the session of a real call."""
    waits: list[int] = []

    def ask(connection: object, cursor: sqlite3.Cursor, text: str, *_: object) -> None:
        if text.startswith("SELECT") and isinstance(cursor, sqlite3.Cursor):
            waits.append(cursor.connection.execute("PRAGMA busy_timeout").fetchone()[0])

    experiment_id(current_home())
    event.listen(Engine, "before_cursor_execute", ask)
    try:
        client(current_home()).get_experiment_by_name("storyflower")
    finally:
        event.remove(Engine, "before_cursor_execute", ask)
    assert waits
    assert set(waits) == {120_000}


@contextmanager
def locked_with_a_short_timeout(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database locked by another process for longer than it is waited for."""
    monkeypatch.setattr("storyflower.tracking.store_thread._SECONDS_TO_WAIT", 0)
    with closing(sqlite3.connect(current_home().mlflow_database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.usefixtures("in_english")
def test_a_database_that_stays_locked_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment_id(current_home())
    with (
        locked_with_a_short_timeout(monkeypatch),
        pytest.raises(TrackingError, match="MLflow database locked"),
        tracked_run(current_home(), "locked", {}),
    ):
        pass


def test_a_locked_database_does_not_end_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    with tracked_run(current_home(), "goes on", {}) as run:
        observer = MlflowObserver(run)
        with locked_with_a_short_timeout(monkeypatch):
            observer.noted("written later")
        observer.flush()
    assert client(current_home()).get_run(run.run_id).data.tags["training_notes"] == "written later"


@pytest.mark.usefixtures("in_english")
def test_a_deleted_experiment_is_one_clear_error_that_says_how_to_restore_it() -> None:
    number = experiment_id(current_home())
    client(current_home()).delete_experiment(number)
    with pytest.raises(TrackingError, match="was deleted") as refused, tracked_run(current_home(), "deleted", {}):
        pass
    assert f"mlflow experiments restore --experiment-id {number}" in refused.value.remedy
    assert current_home().mlflow_uri in refused.value.remedy
    client(current_home()).restore_experiment(number)
    with tracked_run(current_home(), "restored", {}):
        pass
    assert newest()[0] == "FINISHED"


@pytest.mark.usefixtures("in_english")
def test_an_experiment_deleted_under_a_run_is_one_clear_error() -> None:
    with (
        pytest.raises(TrackingError, match="its experiment, was deleted"),
        tracked_run(current_home(), "deleted", {}) as run,
    ):
        client(current_home()).delete_experiment(experiment_id(current_home()))
        run.log_metrics({"loss": 1.0})


def test_a_store_that_answers_with_an_error_of_its_own_is_not_taken_for_gone() -> None:
    with pytest.raises(MlflowException) as raised:
        client(current_home()).get_run("0" * 32)
    assert store_problem(raised.value, current_home()) is None
    assert isinstance(client(current_home()), MlflowClient)
