"""Advisory locks of PostgreSQL, in a session of their own: the server frees them at once when the session ends."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from storyflower.errors import TrackingError
from storyflower.messages import problem, say
from storyflower.processes import this_process
from storyflower.storage.home import Home
from storyflower.tracking.database import database_errors, own_session, reason_of, require_session

_LONGEST_NAME = 63
"""Bytes of the name by which PostgreSQL shows a session."""
_NAMED = text("SELECT set_config('application_name', :name, :local)")
_NO_LIMITS = text(
    "SELECT set_config(name, '0', :local) FROM pg_settings "
    "WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_session_timeout')"
)
"""The session waits for the lock, and then does nothing while it holds it."""
_BEGIN = text("BEGIN")
_GRANTED = """
locktype = 'advisory' AND granted AND objsubid = 1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND classid = CAST(:high AS oid) AND objid = CAST(:low AS oid)
"""
_IS_OURS = text(f"SELECT EXISTS (SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND {_GRANTED})")  # noqa: S608
_HOLDER = text(
    "SELECT activity.application_name FROM pg_locks JOIN pg_stat_activity AS activity USING (pid) "  # noqa: S608
    f"WHERE {_GRANTED}"
)


class AdvisoryLock:
    """A lock that a session of its own holds, or one transaction in it (`_xact`)."""

    def __init__(self, home: Home, session: Connection, name: str, scope: Literal["", "_xact"] = "") -> None:
        self._home, self._session, self._scope = home, session, scope
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        self._halves = {"high": key >> 32, "low": key & 0xFFFFFFFF}
        self._key = {"key": key - (key >> 63 << 64)}  # PostgreSQL's bigint is signed

    def acquire(self, busy: Callable[[str], None]) -> None:
        """Acquire the lock; if it is held, `busy` is called once with its holder, and the lock is waited for.

        Raises:
            TrackingError: the database does not answer any more.
        """
        mark = this_process()
        shown = f"storyflower {mark.host} {mark.pid}".encode()[:_LONGEST_NAME].decode(errors="ignore")
        with database_errors(self._home):
            self._session.execute(_NAMED, {"name": shown, "local": bool(self._scope)})
            self._session.execute(_NO_LIMITS, {"local": bool(self._scope)})
            if not self._session.execute(text(f"SELECT pg_try_advisory{self._scope}_lock(:key)"), self._key).scalar():
                busy(self._session.execute(_HOLDER, self._halves).scalar() or "?")
                self._session.execute(text(f"SELECT pg_advisory{self._scope}_lock(:key)"), self._key)

    def confirm(self) -> None:
        """Check that the lock is held.

        Raises:
            TrackingError: it is not, because the session has ended meanwhile.
        """
        place = self._home.mlflow_place
        try:
            held = bool(self._session.execute(_IS_OURS, self._halves).scalar_one())
            reason = say("lock.freed")
        except SQLAlchemyError as error:
            held, reason = False, reason_of(error)
        if not held:
            lost = problem(TrackingError, "lock_lost", place, reason=reason)
            lost.retryable = True
            raise lost


@contextmanager
def advisory_lock(home: Home, name: str, busy: Callable[[str], None]) -> Iterator[AdvisoryLock]:
    """Hold the lock of a name in the home's PostgreSQL database, in a session of its own that ends with the context.

    Args:
        home: whose MLflow store is the database.
        name: of the lock; its digest is the key, which other programs on the same database do not use.
        busy: called with the name of the session that holds the lock, if one does.

    Raises:
        TrackingError: the database cannot be used, or only through a proxy that gives each transaction another session.
    """
    with own_session(home) as session:
        require_session(home, session)  # first: behind such a proxy a lock would be left in a session of others
        lock = AdvisoryLock(home, session, name)
        lock.acquire(busy)
        yield lock


@contextmanager
def transaction_lock(home: Home, name: str, busy: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock in a transaction that lasts for the context; it also holds behind a proxy. See `advisory_lock`."""
    with own_session(home) as session:
        with database_errors(home):
            session.execute(_BEGIN)
        AdvisoryLock(home, session, name, "_xact").acquire(busy)
        yield
