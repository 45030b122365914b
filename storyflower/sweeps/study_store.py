"""Where studies are kept: in a SQLite file of the home, or in a PostgreSQL database for several machines."""

import importlib.util
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from storyflower.errors import StoryFlowerError, StudyError, first_line
from storyflower.messages import problem, say
from storyflower.redaction import without_secrets
from storyflower.storage.home import Home
from storyflower.sweeps.proposals import require_optuna

if TYPE_CHECKING:  # an extra, imported when a sweep begins
    from optuna.storages import RDBStorage

log = logging.getLogger("storyflower.sweep")

STUDY_FILE = "study.db"
HEARTBEAT_SECONDS = 20
"""Seconds between two heartbeats of a trial on a worker."""
GRACE_PERIOD_SECONDS = 120
"""Seconds without one after which the process of a trial counts as dead."""
_SECONDS_OF_A_LOCK = 60
"""How long a statement waits for another process that writes to the file."""
_RETRY_SECONDS = 90.0
"""Seconds for which a statement is tried again while a database server does not answer: it may be restarting."""
_SECONDS_BETWEEN = 2.0
_TRY_LOCK = text("SELECT pg_try_advisory_lock(:number)")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class StudyPlace:
    """The database of a study."""

    address: str
    """As SQLAlchemy reads it; it may hold a password."""
    file: Path | None
    """Of SQLite; None: the database of a server."""

    @classmethod
    def of(cls, home: Home, key: str) -> "StudyPlace":
        """The database of the home's settings, else the file in the folder of the sweep with this key."""
        if home.studies is not None:
            return cls(home.studies.get_secret_value(), None)
        file = home.sweeps / key / STUDY_FILE
        return cls(f"sqlite:///{file}", file)

    def __str__(self) -> str:
        return str(self.file or without_secrets(self.address))

    def __repr__(self) -> str:
        return f"StudyPlace({self})"


class Placed(Protocol):
    """What works on a study of a place."""

    @property
    def place(self) -> StudyPlace:
        """The database of the study."""
        ...


S = TypeVar("S", bound=Placed)


@contextmanager
def study_storage(place: StudyPlace) -> Iterator["RDBStorage"]:
    """Open the storage, whose tables are created where they are missing.

    Raises:
        StoryFlowerError: Optuna, or the driver of the database, is not installed.
        StudyError: the database cannot be used.
    """
    optuna = require_optuna()
    if place.file is None and importlib.util.find_spec("psycopg") is None:
        raise problem(StoryFlowerError, "studies_driver_absent", "STORYFLOWER_STUDIES")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = _opened(place)
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _opened(place: StudyPlace) -> "RDBStorage":
    optuna = require_optuna()
    engine: dict[str, Any] = (
        {"connect_args": {"timeout": _SECONDS_OF_A_LOCK}} if place.file else {"pool_pre_ping": True}
    )
    with warnings.catch_warnings(), study_errors(place):
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # the heartbeat is experimental
        storage: RDBStorage = optuna.storages.RDBStorage(
            place.address, engine_kwargs=engine, heartbeat_interval=HEARTBEAT_SECONDS, grace_period=GRACE_PERIOD_SECONDS
        )
    return storage


class OnlyAsker:
    """The right of one process alone, of all that use the database, to ask for trials of a sweep.

    It is an advisory lock of the session: PostgreSQL releases it when the process dies, but also when the server
    restarts. A SQLite file needs none, because it belongs to one home, which is locked.
    """

    def __init__(self, storage: "RDBStorage", place: StudyPlace, key: str) -> None:
        self._storage, self._place = storage, place
        self._number = int(key[:15], 16)  # within the 63 bits of PostgreSQL's numbers of locks
        self._session: Connection | None = None

    def confirm(self) -> None:
        """Acquire the lock, at first and where its session has ended meanwhile.

        Raises:
            StudyError: another process holds the lock, or the database cannot be used.
        """
        if self._place.file is not None or self._is_alive():
            return
        self.release()
        with study_errors(self._place):
            self._session = self._storage.engine.connect()
            held = self._session.execute(_TRY_LOCK, {"number": self._number}).scalar()
            self._session.commit()  # the lock is the session's; the transaction need not stay open
        if not held:
            self.release()
            raise problem(StudyError, "study_in_use", str(self._place))

    def release(self) -> None:
        """End the session and its lock, also after an error."""
        if self._session is not None:
            self._session.invalidate()
            self._session.close()
        self._session = None

    def _is_alive(self) -> bool:
        if self._session is None:
            return False
        try:
            self._session.execute(text("SELECT 1"))
            self._session.commit()
        except SQLAlchemyError:  # used once more, it would open another session, which has no lock
            return False
        return True


@contextmanager
def only_asker(storage: "RDBStorage", place: StudyPlace, key: str) -> Iterator[OnlyAsker]:
    """Within it, no other process that uses the database asks for trials of this sweep, see `OnlyAsker`.

    Raises:
        StudyError: another process holds the lock.
    """
    asker = OnlyAsker(storage, place, key)
    try:
        asker.confirm()
        yield asker
    finally:
        asker.release()


@contextmanager
def study_errors(place: StudyPlace) -> Iterator[None]:
    """Raise errors of the database as a StudyError."""
    try:
        yield
    except (SQLAlchemyError, require_optuna().exceptions.StorageInternalError) as error:
        silent = problem(StudyError, "studies_silent", str(place), reason=first_line(error.__cause__ or error))
        silent.retryable = True
        raise silent from error


def at_the_database(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], T]:
    """Let a method of a study try again while the database server is away, and raise StudyError if it stays away.

    The methods may be repeated: what an attempt has written without an answer is found by the next one.
    """

    @wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        until = time.monotonic() + (_RETRY_SECONDS if self.place.file is None else 0.0)
        while True:
            try:
                with study_errors(self.place):
                    return method(self, *args, **kwargs)
            except StudyError as error:
                if not error.retryable or time.monotonic() >= until:
                    raise
                log.warning(say("sweep.studies_away", place=self.place, reason=error.problem))
                time.sleep(_SECONDS_BETWEEN)

    return call
