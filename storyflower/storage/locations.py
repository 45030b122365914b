"""Where workbooks lie: paths, folders, globs, or addresses that fsspec knows; found, and brought to this machine.

`${NAME}` is the path or address of one workbook that the environment variable NAME holds: an address with a secret in
it, such as a signed link, is recorded by that name alone. It is looked up where the file is fetched, each time anew.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from storyflower.atomic import draft_beside
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import pasted, shown
from storyflower.redaction import holds_secret, without_secrets
from storyflower.storage.paths import WILDCARDS, existing_path, matching_paths, typed_path
from storyflower.storage.unreached import cannot_fetch, no_such_file, not_readable, nothing_matches, reason_of
from storyflower.transient import is_storage_failure

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "http": "http", "https": "http"}
"""The optional extra of this package that each kind of address needs."""

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
MOST_WORKBOOKS = 1000
"""That a folder or glob may give: each takes about 0.1 seconds at the least, and a folder of more is hardly meant."""

_CHUNK = 1 << 20
_SECONDS_OF_SILENCE = 15.0
"""How long a web server may send nothing."""
_SECONDS_IN_ALL = 900.0
"""How long one request to a web server may take, however slowly its content comes."""
_SUFFIX = ".xlsx"
_NOT_MEANT = ("~$", ".")  # Excel's mark of an open workbook; hidden files, such as those that macOS leaves
_ALWAYS_LITERAL = str.maketrans({"[": "[[]", "?": "[?]"})  # in an address, where `*` alone makes a glob


def expand_locations(locations: str | Iterable[str]) -> list[str]:
    """One location a workbook: a folder gives the .xlsx files in it, a glob what it matches, both sorted by name.

    A path or address of one file stays as it is, whether or not the file is there; what is named twice counts once.
    In an address `*` alone makes a glob (a `?` begins a query), and http(s) knows neither globs nor folders.

    Raises:
        WorkbookError: a folder or glob holds no workbook, or more than `MOST_WORKBOOKS`, or the storage of an address
            cannot be reached.
    """
    given = [locations] if isinstance(locations, str) else locations
    found: dict[str, str] = {}
    for location in given:
        files = _at_path(location) if is_path(location) else {file: file for file in _at_address(location)}
        found |= {file: name for file, name in files.items() if file not in found}
    return list(found.values())


def local_file(location: str, downloads: Path, largest_mb: int) -> Path:
    """The file at `location`: a path stays where it is; an address is copied into `downloads`, named by its SHA-256.

    Raises:
        WorkbookError: nothing is there, it may not be read, it is larger than `largest_mb` MiB, or the package
            for this kind of address is not installed.
    """
    address = _looked_up(location)
    if is_path(address):
        return _local_path(address)
    from fsspec.implementations.local import LocalFileSystem

    filesystem, path = _filesystem(address)
    if isinstance(filesystem, LocalFileSystem):
        return _local_path(path)
    with draft_beside(downloads / "download") as draft:
        digest = _copy(_chunks(filesystem, path, address), draft, location, largest_mb)
        suffix = PurePosixPath(urlsplit(without_secrets(address)).path).suffix
        return draft.replace(downloads / f"{digest}{suffix}")


def is_path(location: str) -> bool:
    """Whether it is a path of this machine, not an address nor the name of a variable that may hold one."""
    return "://" not in location and not _REFERENCE.fullmatch(location)


def require_no_secret(location: str) -> str:
    """The location, where it may be recorded and shown to anyone.

    Raises:
        WorkbookError: it is an address with a password, token or signature.
    """
    if holds_secret(location):
        raise problem(WorkbookError, "address_with_secret", pasted(location))
    return location


def _looked_up(location: str) -> str:
    """What the environment variable holds that a location names; any other location as it is."""
    reference = _REFERENCE.fullmatch(location)
    if reference is None:
        return location
    address = os.environ.get(reference[1])
    if not address:
        raise problem(WorkbookError, "variable_unset", pasted(location), name=reference[1])
    return address


def require_file(location: str) -> None:
    """Raise WorkbookError unless there is something at a path that may be looked at."""
    _local_path(location)


def _local_path(location: str) -> Path:
    try:
        path = existing_path(location)
    except OSError as error:
        raise not_readable(error, location) from error
    if path is None:
        raise no_such_file(location)
    return path


def _at_path(location: str) -> dict[str, str]:
    """The workbooks at a path as typed or found, by the path of the file that each is."""
    try:
        path = existing_path(location)
        if path is None and WILDCARDS.search(location):
            files = (str(file) for file in matching_paths(location) if file.is_file())
        elif path is not None and path.is_dir():
            files = (str(file) for file in path.iterdir() if file.suffix.lower() == _SUFFIX)
        else:
            return {str((path or typed_path(location)).resolve()): location}
        found = _meant(files, location)
    except OSError as error:
        raise not_readable(error, location) from error
    if not found:
        raise nothing_matches(location, path)
    return {str(Path(file).resolve()): file for file in found}


def _at_address(location: str) -> list[str]:
    if _REFERENCE.fullmatch(location) or location.startswith(("http://", "https://")):
        return [location]
    filesystem, path = _filesystem(location)
    with _reaching(location):
        filesystem.invalidate_cache()
        if "*" in path:
            found = filesystem.glob(path.translate(_ALWAYS_LITERAL), detail=True).values()
        elif filesystem.isdir(path):
            found = [file for file in filesystem.ls(path, detail=True) if file["name"].lower().endswith(_SUFFIX)]
        else:
            return [location]
        files = [file["name"] for file in found if file["type"] == "file"]
    # The address of a file begins as the one that was asked for: it may hold a host, or options of the storage.
    start, known, _ = location.rstrip("/").rpartition(path)
    addresses = (f"{start}{file}" if known else filesystem.unstrip_protocol(file) for file in files)
    meant = _meant(addresses, location)
    if not meant:
        raise problem(WorkbookError, "no_match", pasted(location), path=shown(location), advice=say("check_pattern"))
    return meant


def _meant(found: Iterable[str], location: str) -> list[str]:
    """Of what was found the workbooks that a person means, sorted by name; WorkbookError where they are too many."""
    meant = (file for file in found if not PurePosixPath(file).name.startswith(_NOT_MEANT))
    some = sorted(islice(meant, MOST_WORKBOOKS + 1))
    if len(some) > MOST_WORKBOOKS:
        raise problem(WorkbookError, "too_many_workbooks", pasted(location), limit=MOST_WORKBOOKS)
    return some


def _filesystem(location: str) -> tuple[Any, str]:
    import fsspec

    scheme = location.partition("://")[0]
    with _reaching(location):
        try:
            filesystem, path = fsspec.core.url_to_fs(location, **_limits_of(scheme))  # opens an archive already
        except ImportError as error:
            extra = EXTRAS.get(scheme)
            code = "extra_missing" if extra else "scheme_unknown"
            raise problem(WorkbookError, code, pasted(location), scheme=scheme, extra=extra, reason=error) from error
        except ValueError as error:  # its traceback would repeat the address
            reason = reason_of(error, location)
            raise problem(WorkbookError, "scheme_unknown", pasted(location), scheme=scheme, reason=reason) from None
    return filesystem, path


def _limits_of(scheme: str) -> dict[str, Any]:
    """Options for the file system of an address: a web server that accepts and then sends nothing is given up soon.

    aiohttp itself waits for five minutes, and each file is asked for more than once.
    """
    if scheme not in ("http", "https"):
        return {}
    from aiohttp import ClientTimeout

    timeout = ClientTimeout(total=_SECONDS_IN_ALL, sock_connect=_SECONDS_OF_SILENCE, sock_read=_SECONDS_OF_SILENCE)
    return {"client_kwargs": {"timeout": timeout}}


def _copy(chunks: Iterable[bytes], target: Path, location: str, largest_mb: int) -> str:
    """Write the content of a remote file to `target` and return its SHA-256."""
    digest = hashlib.sha256()
    size = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as copy:
        for chunk in chunks:
            size += len(chunk)
            if size > largest_mb << 20:
                raise problem(WorkbookError, "too_large", pasted(location), size_mb=size / 2**20, limit_mb=largest_mb)
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _chunks(filesystem: Any, path: str, location: str) -> Iterator[bytes]:
    """The content of a remote file, piece by piece."""
    with _reaching(location):
        filesystem.invalidate_cache()
        with filesystem.open(path, "rb") as source:
            while chunk := source.read(_CHUNK):
                yield chunk


@contextmanager
def _reaching(location: str) -> Iterator[None]:
    """Within it, a failure of the storage is a WorkbookError; a bug stays one, unless its traceback held a secret."""
    try:
        yield
    except WorkbookError:
        raise
    except IsADirectoryError as error:
        raise problem(WorkbookError, "folder", pasted(location)) from error
    except Exception as error:  # each kind of storage has exceptions of its own, with no common base
        if is_storage_failure(error) or holds_secret(location):
            raise cannot_fetch(error, location) from None
        raise
