"""Creates the database of the local MLflow store so that it is complete at every moment, also after an interruption.

MLflow creates its tables at first use with some hundred statements, each of them a transaction of its own, and refuses
a database that has only some of the tables. The tables are therefore created in a draft file beside the database, which
is renamed when it is complete: a killed process leaves a draft, which the next process removes.

If an earlier release, or MLflow itself, was interrupted while it created the tables in place, that file is replaced by
a complete database, provided that it holds no records.
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
"""Endings of the files that SQLite writes beside a database in use, and leaves when the process is killed."""


def make_ready(home: Home) -> None:
    """Create the database of the local store unless it is complete, and open it with MLflow.

    The caller holds the lock of the home's store.

    Raises:
        StorageError: the file is no SQLite database, or it lacks tables that MLflow does not add and holds records.
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
    """Create a complete database where there is none, or in place of one without records.

    A database with records is left to MLflow, which adds the tables of its newer releases. MLflow must not have opened
    the file before, because it keeps its connections to the former file.
    """
    database = home.mlflow_database
    with _made_aside(home) as draft:
        begun = database.exists() and _tables(database)
        if begun and _holds_records(database, beyond=draft):
            return
        sync(draft)  # its content is on the disk before its name
        for stale in _sidecars(database):  # SQLite would apply the journal of a former database to the new one
            stale.unlink(missing_ok=True)
        draft.replace(database)
        sync(database.parent)
    if begun:
        log.warning(say("log.store_made_again", database=database))


@contextmanager
def _made_aside(home: Home) -> Iterator[Path]:
    """Create a complete, empty database beside the store's; it is removed at the end unless it was renamed.

    Drafts of killed processes are removed first.
    """
    database = home.mlflow_database
    for left in database.parent.glob(f"{escape(database.name)}.*{DRAFT}*"):
        left.unlink(missing_ok=True)
    with draft_beside(database) as draft:
        try:
            create_tables(draft, home.mlflow_artifacts.as_uri())
            yield draft
        finally:
            for file in _sidecars(draft):
                file.unlink(missing_ok=True)


def create_tables(database: Path, artifacts: str) -> None:
    """Let MLflow create its tables in a new file; `artifacts` is the URI under which experiments keep their files."""
    store = SqlAlchemyStore(sqlite_uri(database), artifacts)  # type: ignore[no-untyped-call]
    store.engine.dispose()
    _run(database, "PRAGMA journal_mode = DELETE")  # the file alone is renamed: nothing may stand beside it


def _sidecars(database: Path) -> list[Path]:
    return [database.with_name(database.name + ending) for ending in _SIDECARS]


def _is_whole(database: Path) -> bool:
    """Return whether the database has all tables of the installed MLflow release, by the revision that it records."""
    if not (database.exists() and "alembic_version" in _tables(database)):
        return False
    return _run(database, "SELECT version_num FROM alembic_version") == [(newest_revision(),)]


def newest_revision() -> str | None:
    """Return the revision of the tables that the installed release of MLflow creates."""
    return ScriptDirectory(str(Path(mlflow.__file__).parent / "store" / "db_migrations")).get_current_head()


def _holds_records(database: Path, beyond: Path) -> bool:
    """Return whether any table has more rows than in `beyond`, a database that MLflow has just created."""
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
