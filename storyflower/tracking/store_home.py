"""Keeps the file addresses in the local MLflow store inside the home that contains the store.

MLflow records the absolute address of the files of each run and model in its database, and reads, writes and deletes by
it. After a home has been moved or renamed, these addresses point to a missing folder; after it has been copied, they
point into the original. Before a process uses the store, the recorded address is therefore compared with the present
place of the home. If they differ, all addresses are rewritten in one transaction.

The addresses stay absolute, and no URI scheme of our own is registered with MLflow, so that a version can be loaded
from the database wherever MLflow is installed, also without StoryFlower.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from storyflower.errors import StorageError
from storyflower.messages import problem
from storyflower.storage.home import Home

EXPERIMENT = "storyflower"
_ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""The columns (table, name) in which MLflow 3 stores addresses of files."""
_SECONDS_TO_WAIT = 60.0
"""The wait for another process that is writing to the database."""


def former_home(home: Home) -> Path | None:
    """Return the folder from which the home was moved or copied, as its store recorded it; None if it was not.

    Two paths of the same folder, such as a link or a second mount, do not count as a move.
    """
    recorded = _recorded_artifacts(home)
    if recorded is None or recorded == home.mlflow_artifacts.as_uri():
        return None
    former = path_of(recorded).parent
    return None if former.exists() and former.samefile(home.folder) else former


def rewrite_addresses(home: Home) -> Path | None:
    """Rewrite all addresses in the former home to the present one; return the former home, or None if it was not moved.

    The caller holds the lock of the home's store. Files are neither read nor changed.
    """
    former = former_home(home)
    if former is None:
        return None
    old, new = (former / home.mlflow_artifacts.name).as_uri(), home.mlflow_artifacts.as_uri()
    with connected(home.mlflow_database, "rw") as store, store:  # the inner context commits all or nothing
        store.execute("BEGIN IMMEDIATE")
        for table, column in _ADDRESSES:
            if _has_column(store, table, column):
                store.execute(
                    f"UPDATE {table} SET {column} = :new || substr({column}, length(:old) + 1) "  # noqa: S608
                    f"WHERE {column} = :old OR substr({column}, 1, length(:old) + 1) = :old || '/'",
                    {"old": old, "new": new},
                )
    return former


def is_in_home(address: str, home: Home) -> bool:
    """Return whether an address of files is inside the home, with symbolic links followed."""
    return address.startswith("file:") and is_within(home.folder, path_of(address))


def is_within(folder: Path, path: Path) -> bool:
    """Return whether a path is inside a folder, with all symbolic links followed.

    A copied home has the same links as the original, so the targets of its links belong to the original too.
    """
    return path.resolve().is_relative_to(folder.resolve())


def _recorded_artifacts(home: Home) -> str | None:
    """Return the recorded address of the artifacts; None before the first run, and for a store that is not local."""
    if not (home.uses_local_store and home.mlflow_database.is_file()):
        return None
    with connected(home.mlflow_database, "ro") as store:
        if not _has_column(store, "experiments", "artifact_location"):
            return None
        found = store.execute("SELECT artifact_location FROM experiments WHERE name = ?", (EXPERIMENT,)).fetchone()
    recorded = None if found is None else str(found[0])
    ours = (
        recorded is not None and recorded.startswith("file:") and path_of(recorded).name == home.mlflow_artifacts.name
    )
    return recorded if ours else None


def _has_column(store: sqlite3.Connection, table: str, column: str) -> bool:
    """Return whether a column exists: tables are missing before the first use, and in stores of older releases."""
    found = store.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column))
    return found.fetchone() is not None


@contextmanager
def connected(database: Path, mode: Literal["ro", "rw"]) -> Iterator[sqlite3.Connection]:
    """Open a connection to a SQLite file and close it at the end; each statement is a transaction of its own.

    Raises:
        StorageError: the file is no SQLite database.
    """
    uri = f"{database.as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_SECONDS_TO_WAIT, isolation_level=None)) as store:
            yield store
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise problem(StorageError, "store_damaged", str(database), reason=error) from error
        raise


def path_of(address: str) -> Path:
    """Return the path of a `file:` address."""
    return Path(url2pathname(urlsplit(address).path))
