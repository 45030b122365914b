"""A disk that is full or must not be written: found in whatever error a library made of it, and said plainly."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from storyflower.errors import StorageError

_FULL = re.compile(
    r"No space left|disk is full|disk full|File too large|[Qq]uota exceeded|requested and \d+ written"
    r"|unexpected pos \d+ vs \d+"  # torch.save
)
_FAILING = re.compile(r"disk I/O error|Input/output error")
_REFUSED = re.compile(r"Read-only file system|readonly database|Permission denied|unable to open database file")
_LEAST_FREE = 4 * 2**20
"""Bytes; with less, an error that says nothing of the disk is still the disk's: servers beside us fail too."""

_MAKE_ROOM = "Make room, then run the same command again: it goes on from what is finished."
_LOOK_AT_IT = "Make room if it is full, else look at the disk; then run the same command again."
_ANOTHER_HOME = "Set STORYFLOWER_HOME to a folder that you may write, or change the folder's permissions."

_LET_IN = "Change the permissions of that file or folder, or name another one."


def storage_problem(error: BaseException, home: Path) -> StorageError | None:
    """What the disk has to do with an error, None when it has nothing to do with it.

    Libraries wrap, reword or swallow the number of a failed write (safetensors, SQLite and numpy each in their own
    way), so the words of the whole chain of causes are read.
    """
    for cause in chain_of(error):
        place = Path(str(getattr(cause, "filename", None) or home))
        if _FULL.search(str(cause)):
            return StorageError(f"the disk is full ({_first_line(cause)})", where=str(place), remedy=_MAKE_ROOM)
        if _FAILING.search(str(cause)):
            return StorageError(f"the disk fails ({_first_line(cause)})", where=str(place), remedy=_LOOK_AT_IT)
        if _REFUSED.search(str(cause)):
            return _refused(cause, place, home)
    if home.exists() and shutil.disk_usage(home).free < _LEAST_FREE:
        return StorageError(f"the disk is full ({_first_line(error)})", where=str(home), remedy=_MAKE_ROOM)
    return None


def _refused(error: BaseException, place: Path, home: Path) -> StorageError:
    """The home must be written; elsewhere a workbook or an encoder may be what must not even be read."""
    if place.is_relative_to(home) or home.is_relative_to(place):
        return StorageError(f"it cannot be written ({_first_line(error)})", where=str(place), remedy=_ANOTHER_HOME)
    return StorageError(f"access is refused ({_first_line(error)})", where=str(place), remedy=_LET_IN)


def require_writable(home: Path) -> None:
    """Make the home folder where it is missing, and write into it.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(b"\0")
    except OSError as error:
        raise storage_problem(error, home) or StorageError(
            f"it cannot be written ({error})", where=str(home), remedy=_ANOTHER_HOME
        ) from None


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The error, and the errors that led to it, as Python itself would show them (`from None` ends the chain)."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
