"""A disk that is full or must not be written: recognised in the errors of libraries and reported as one message."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storyflower.errors import StorageError, causes, first_line
from storyflower.messages import problem

_FULL = re.compile(
    r"No space left|disk is full|disk full|File too large|[Qq]uota exceeded|requested and \d+ written"
    r"|unexpected pos \d+ vs \d+"  # torch.save
)
_FAILING = re.compile(r"disk I/O error|Input/output error")
_REFUSED = re.compile(r"Read-only file system|readonly database|Permission denied|unable to open database file")
_LEAST_FREE = 4 * 2**20
"""Bytes; with less free, an error that does not name the disk is taken for one of the disk."""

_OF_SERVERS = (
    *("mlflow", "requests", "urllib3", "httpx", "huggingface_hub", "botocore", "aiohttp", "google"),
    *("sqlalchemy", "psycopg", "psycopg2"),
)
"""Libraries whose errors repeat what a server has answered: its disk and its permissions are not this machine's.

What MLflow and SQLAlchemy make of an error of this disk has that error as its cause, which is looked at by itself.
"""


def storage_problem(error: BaseException, home: Path) -> StorageError | None:
    """The error about the disk that caused an exception; None where the disk did not cause it.

    Libraries wrap, reword or swallow the number of a failed write (safetensors, SQLite and numpy each in their own
    way), so the words of the whole chain of causes are read.
    """
    for cause in causes(error):
        if isinstance(cause, (FileExistsError, NotADirectoryError)) and (file := _file_in_the_way(home)):
            return problem(StorageError, "home_is_file", str(file))
        if type(cause).__module__.partition(".")[0] in _OF_SERVERS:
            continue
        place = Path(str(getattr(cause, "filename", None) or home))
        if _FULL.search(str(cause)):
            return problem(StorageError, "disk_full", str(place), reason=first_line(cause))
        if _FAILING.search(str(cause)):
            return problem(StorageError, "disk_fails", str(place), reason=first_line(cause))
        if _REFUSED.search(str(cause)):
            # A home must be writable; elsewhere a workbook or an encoder may be what must not even be read.
            is_home = place.is_relative_to(home) or home.is_relative_to(place)
            code = "home_not_writable" if is_home else "access_refused"
            return problem(StorageError, code, str(place), reason=first_line(cause))
    if home.exists() and shutil.disk_usage(home).free < _LEAST_FREE:
        return problem(StorageError, "disk_full", str(home), reason=first_line(error))
    return None


def _file_in_the_way(home: Path) -> Path | None:
    """The file that stands where the home, or a folder above it, should be; None where there is none."""
    standing = next(place for place in (home, *home.parents) if place.exists())
    return None if standing.is_dir() else standing


@contextmanager
def writing_to(folder: str) -> Iterator[None]:
    """Let an error of the system that names no file name the folder that is written to: it may not be the home."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = folder
        raise


def require_folder(home: Path) -> None:
    """Make the home folder where it is missing; one that may only be read will do.

    Raises:
        StorageError: it cannot be made, or is a file.
    """
    with _of_the_home(home):
        home.mkdir(parents=True, exist_ok=True)


def require_writable(home: Path) -> None:
    """Make the home folder where it is missing, and write into it.

    Raises:
        StorageError: it cannot be written.
    """
    require_folder(home)
    with _of_the_home(home), tempfile.TemporaryFile(dir=home) as probe:
        probe.write(b"\0")


@contextmanager
def _of_the_home(home: Path) -> Iterator[None]:
    """Raise an error of the system as a StorageError about the home."""
    try:
        yield
    except OSError as error:
        unwritable = problem(StorageError, "home_not_writable", str(home), reason=first_line(error))
        raise storage_problem(error, home) or unwritable from None
