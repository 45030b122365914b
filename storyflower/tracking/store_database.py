"""The database of the local MLflow store: whole at every moment, however its making was interrupted.

MLflow makes its tables at first use by some hundred statements, each of them a transaction of its own, and refuses a
database that has some of the tables only. The tables are therefore made in a file beside the database's place, which
is renamed into place when MLflow has opened it: a killed process leaves a draft, which the next one removes.

Where an earlier release, or MLflow itself, was interrupted while it made the tables in place, that file is replaced by
a whole database, provided that nothing has been recorded in it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

import mlflow
from alembic.script import ScriptDirectory
from mlflow import MlflowClient
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from storyflower.atomic import DRAFT, draft_beside, sync
from storyflower.errors import StorageError, first_line
from storyflower.messages import problem, say
from storyflower.storage.home import Home, sqlite_uri
from storyflower.tracking.store_home import connected

log = logging.getLogger(__name__)

_SIDECARS = ("-journal", "-wal", "-shm")
"""What SQLite writes beside a database while it is in use, and leaves there when the process is killed."""


def make_ready(home: Home) -> None:
    """The database of the local store is there, whole, and MLflow has opened it.

    The caller holds the lock of the home's store.

    Raises:
        StorageError: the file is no SQLite database, or tables are missing in it that MLflow does not add, and others
            hold records.
    """
    if not _is_whole(home.mlflow_database):
        _make(home)
    try:
        MlflowClient(home.mlflow_uri, home.mlflow_uri).search_registered_models(max_results=1)  # both of its stores
    except Exception as error:
        if _is_whole(home.mlflow_database):  # then the tables are not what is wrong
            raise
        place, uri = str(home.mlflow_database), home.mlflow_uri
        raise problem(StorageError, "store_incomplete", place, uri=uri, reason=first_line(error)) from error


def _make(home: Home) -> None:
    """A whole database in the place where there is none, or one in which nothing has been recorded.

    One with records is left to MLflow, which adds the tables that a newer release of it brings. It must not have opened
    the file before: it keeps connections, which would go on leading into the former file.
    """
    database = home.mlflow_database
    with _made_aside(home) as draft:
        begun = database.exists() and _tables(database)
        if begun and _holds_records(database, beyond=draft):
            return
        _put_in_place(draft, database)
    if begun:
        log.warning(say("log.store_made_again", database=database))


@contextmanager
def _made_aside(home: Home) -> Iterator[Path]:
    """A whole, empty database beside the place of the store's, removed at the end unless it was renamed.

    Drafts of killed processes are removed first.
    """
    database = home.mlflow_database
    for left in database.parent.glob(f"{escape(database.name)}.*{DRAFT}*"):
        left.unlink(missing_ok=True)
    with draft_beside(database) as draft:
        store = SqlAlchemyStore(sqlite_uri(draft), home.mlflow_artifacts.as_uri())  # type: ignore[no-untyped-call]
        store.engine.dispose()
        _run(draft, "PRAGMA journal_mode = DELETE")  # the file alone is renamed: nothing may stand beside it
        try:
            yield draft
        finally:
            for file in _sidecars(draft):
                file.unlink(missing_ok=True)


def _put_in_place(draft: Path, database: Path) -> None:
    """Rename, in an order that the disk keeps: the content first, then the name.

    The journal of a former database would be played back into the new one by SQLite; to read the former has emptied it.
    """
    sync(draft)
    for stale in _sidecars(database):
        stale.unlink(missing_ok=True)
    draft.replace(database)
    sync(database.parent)


def _sidecars(database: Path) -> list[Path]:
    return [database.with_name(database.name + ending) for ending in _SIDECARS]


def _is_whole(database: Path) -> bool:
    """Whether the database has all the tables of the MLflow release here, by the revision that it records."""
    if not (database.exists() and "alembic_version" in _tables(database)):
        return False
    return _run(database, "SELECT version_num FROM alembic_version") == [(_newest_revision(),)]


def _newest_revision() -> str | None:
    """Of MLflow's tables, in the release that is installed."""
    return ScriptDirectory(str(Path(mlflow.__file__).parent / "store" / "db_migrations")).get_current_head()


def _holds_records(database: Path, beyond: Path) -> bool:
    """Whether any table has more rows than in `beyond`, a database that MLflow has just made."""
    fresh = {table: _count(beyond, table) for table in _tables(beyond)}
    return any(_count(database, table) > fresh.get(table, 0) for table in _tables(database))


def _tables(database: Path) -> list[str]:
    found = _run(database, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return sorted(str(name) for (name,) in found)


def _count(database: Path, table: str) -> int:
    ((rows,),) = _run(database, f'SELECT count(*) FROM "{table}"')  # noqa: S608
    return int(rows)


def _run(database: Path, statement: str) -> list[tuple[Any, ...]]:
    with connected(database, "rw") as store:
        return store.execute(statement).fetchall()
