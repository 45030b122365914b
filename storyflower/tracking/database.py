"""A PostgreSQL database as the MLflow store of a home: looked at before it is used, and connections of our own to it.

MLflow tries for 100 seconds to reach a database that does not answer, and knows no message for a driver that is not
installed. A connection whose server has vanished without closing it is noticed by keepalives; without them, the next
statement would wait for hours.
"""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from storyflower.errors import TrackingError, first_line
from storyflower.messages import problem, say
from storyflower.redaction import split_login
from storyflower.storage.home import Home

_OF_LIBPQ = ("psycopg", "psycopg2")
_LIMITS = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Parameters of libpq, in seconds, but the last one in milliseconds. What the address sets counts instead."""
_PROCESS = text("SELECT pg_backend_pid()")


@event.listens_for(Engine, "do_connect")
def _notice_dead_servers(dialect: Dialect, _record: Any, _arguments: Any, parameters: MutableMapping[str, Any]) -> None:
    """Complete the parameters of every connection to PostgreSQL in this process, MLflow's among them."""
    if dialect.name == "postgresql" and dialect.driver in _OF_LIBPQ:
        for name, value in _LIMITS.items():
            parameters.setdefault(name, value)


def require_database(home: Home) -> None:
    """Connect to the database of the home's MLflow store, if that is PostgreSQL.

    Raises:
        TrackingError: it cannot be reached, refuses the user, its driver is not installed, or the address is that of a
            proxy that gives each transaction another session.
    """
    if home.uses_postgres:
        with own_session(home) as session:
            require_session(home, session)


@contextmanager
def own_session(home: Home) -> Iterator[Connection]:
    """Open a session of the home's database in which every statement is a transaction of its own; closed at the end.

    Raises:
        TrackingError: see `require_database`.
    """
    session = _opened(home)
    try:
        yield session
    finally:
        session.close()


def require_session(home: Home, session: Connection) -> None:
    """Refuse a proxy that gives a transaction the session of whichever server process is free.

    Two connections that are open at the same time then meet the same server process, or one connection meets two.

    Raises:
        TrackingError: there is such a proxy, or the database does not answer any more.
    """
    with database_errors(home), own_session(home) as other:
        first = session.execute(_PROCESS).scalar_one()
        second, again = other.execute(_PROCESS).scalar_one(), session.execute(_PROCESS).scalar_one()
    if first in (second, None) or again != first:
        raise problem(TrackingError, "database_pooled", home.mlflow_place)


@contextmanager
def database_errors(home: Home) -> Iterator[None]:
    """Raise errors of the database as a TrackingError with its reason."""
    try:
        yield
    except SQLAlchemyError as error:
        raise unusable(home, error) from error


def unusable(home: Home, error: BaseException) -> TrackingError:
    """Return the problem of a database that cannot be used; retryable if its connection was lost or not to be had."""
    known = problem(TrackingError, "database_unusable", home.mlflow_place, reason=reason_of(error))
    known.retryable = is_disconnected(error)
    return known


def reason_of(error: BaseException) -> str:
    """Return the first line of what the database, or else SQLAlchemy, says of an error."""
    return first_line(error.orig if isinstance(error, DBAPIError) and error.orig is not None else error)


def is_disconnected(error: BaseException) -> bool:
    """Return whether an error of a driver of PostgreSQL is about the connection, or the state of the server."""
    kind = type(error.orig if isinstance(error, DBAPIError) else error)
    named = {base.__name__ for base in kind.__mro__ if base.__module__.partition(".")[0] in _OF_LIBPQ}
    return not named.isdisjoint(("OperationalError", "InterfaceError"))


@lru_cache(maxsize=8)
def _engine(uri: str) -> Engine:
    """Return the engine of a database, which asks the server for its version once and keeps no connection."""
    return create_engine(uri, poolclass=NullPool, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)


def _opened(home: Home) -> Connection:
    place = home.mlflow_place
    user, password, _ = split_login(home.mlflow_uri)
    if "@" in f"{user}{password}":  # SQLAlchemy would take what follows it for the host, and show it
        raise problem(TrackingError, "database_address_unfit", place, reason=say("database.at_sign"))
    try:
        engine = _engine(home.mlflow_uri)
    except ImportError as error:
        raise problem(TrackingError, "database_driver_missing", place, reason=first_line(error)) from error
    except ValueError:
        raise problem(TrackingError, "database_address_unfit", place, reason=say("database.no_number")) from None
    except (ArgumentError, InvalidRequestError) as error:  # no address, or a driver that SQLAlchemy lacks
        raise problem(TrackingError, "database_address_unfit", place, reason=first_line(error)) from error
    if engine.dialect.is_async:
        raise problem(TrackingError, "database_address_unfit", place, reason=engine.dialect.driver)
    with database_errors(home):
        return engine.connect()
