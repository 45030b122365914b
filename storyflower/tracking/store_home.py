"""The addresses in the local MLflow store always lead into the home in which the store lies.

MLflow records the absolute address of the files of each run and model in its database, and reads, writes and deletes by
it. In a home that has been moved or renamed those addresses lead nowhere; in a copied home they lead into the original.
Before a process uses the store, the recorded address is therefore compared with where the home is now. Where they
differ, all addresses are rewritten in one transaction.

The addresses are kept absolute, and no scheme of our own is registered with MLflow, so that a version loads from the
database wherever MLflow is installed, without StoryFlower too.
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
"""The columns (table, name) in which MLflow 3 keeps addresses of files."""
_SECONDS_TO_WAIT = 60.0
"""For another process that is writing to the database."""


def former_home(home: Home) -> Path | None:
    """The folder from which the home was moved or copied, by what its store has recorded; None where it was not.

    Two paths of one folder, as through a link or a second mount, are no move.
    """
    recorded = _recorded_artifacts(home)
    if recorded is None or recorded == home.mlflow_artifacts.as_uri():
        return None
    former = path_of(recorded).parent
    return None if former.exists() and former.samefile(home.folder) else former


def bring_addresses_home(home: Home) -> Path | None:
    """Let all addresses of the former home lead into the present one; the former home, None where nothing was to do.

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


def lies_at_home(address: str, home: Home) -> bool:
    """Whether an address of files leads into the home; not where it leads out again by a symbolic link."""
    return address.startswith("file:") and is_within(home.folder, path_of(address))


def is_within(folder: Path, path: Path) -> bool:
    """Whether a path lies in the home, with all symbolic links followed.

    A copy of a home copies its links too: what lies beyond them belongs to the original as well.
    """
    return path.resolve().is_relative_to(folder.resolve())


def _recorded_artifacts(home: Home) -> str | None:
    """The address under which the store knows its artifacts; None before the first run, and of another store."""
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
    """Whether the database has it: tables are missing before the first use, and in stores of older releases."""
    found = store.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column))
    return found.fetchone() is not None


@contextmanager
def connected(database: Path, mode: Literal["ro", "rw"]) -> Iterator[sqlite3.Connection]:
    """A connection to a SQLite file, which is closed at the end; each statement is a transaction of its own.

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
    """The path that a `file:` address leads to."""
    return Path(url2pathname(urlsplit(address).path))
