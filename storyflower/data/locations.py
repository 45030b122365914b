"""Where workbooks lie: paths, folders, globs, or addresses that fsspec knows; found, and brought to this machine."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from storyflower.data.paths import WILDCARDS, existing_path, matching_paths, typed_path
from storyflower.data.unreached import cannot_fetch, no_such_file, not_readable, nothing_matches
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import pasted, shown
from storyflower.transient import is_storage_failure

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "http": "http", "https": "http"}
"""The optional extra of this package that each kind of address needs."""

MOST_WORKBOOKS = 1000
"""That a folder or glob may give: each takes about 0.1 seconds at the least, and a folder of more is hardly meant."""

_CHUNK = 1 << 20
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
        files = {file: file for file in _at_address(location)} if "://" in location else _at_path(location)
        found |= {file: name for file, name in files.items() if file not in found}
    return list(found.values())


def local_file(location: str, downloads: Path, largest_mb: int) -> Path:
    """The file at `location`: a path stays where it is; an address is copied into `downloads`, named by its SHA-256.

    Raises:
        WorkbookError: nothing is there, it may not be read, it is larger than `largest_mb` MiB, or the package
            for this kind of address is not installed.
    """
    if "://" not in location:
        return _local_path(location)
    from fsspec.implementations.local import LocalFileSystem

    filesystem, path = _filesystem(location)
    if isinstance(filesystem, LocalFileSystem):
        return _local_path(path)
    draft = downloads / f"{uuid4().hex}.tmp"
    try:
        digest = _copy(_chunks(filesystem, path, location), draft, location, largest_mb)
        name = downloads / f"{digest}{PurePosixPath(urlsplit(location).path).suffix}"
        draft.replace(name)
    finally:
        draft.unlink(missing_ok=True)
    return name


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
    if location.startswith(("http://", "https://")):
        return [location]
    filesystem, path = _filesystem(location)
    try:
        filesystem.invalidate_cache()
        if "*" in path:
            found = filesystem.glob(path.translate(_ALWAYS_LITERAL), detail=True).values()
        elif filesystem.isdir(path):
            found = [file for file in filesystem.ls(path, detail=True) if file["name"].lower().endswith(_SUFFIX)]
        else:
            return [location]
        files = [file["name"] for file in found if file["type"] == "file"]
    except Exception as error:  # each kind of storage has exceptions of its own, with no common base
        if is_storage_failure(error):
            raise cannot_fetch(error, location) from None
        raise
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
    try:
        filesystem, path = fsspec.core.url_to_fs(location)
    except ImportError as error:
        if scheme in EXTRAS:
            raise problem(
                WorkbookError, "extra_missing", pasted(location), scheme=scheme, extra=EXTRAS[scheme]
            ) from error
        raise problem(WorkbookError, "scheme_unknown", pasted(location), scheme=scheme, reason=error) from error
    except ValueError as error:
        raise problem(WorkbookError, "scheme_unknown", pasted(location), scheme=scheme, reason=error) from error
    return filesystem, path


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
    try:
        filesystem.invalidate_cache()
        with filesystem.open(path, "rb") as source:
            while chunk := source.read(_CHUNK):
                yield chunk
    except IsADirectoryError as error:
        raise problem(WorkbookError, "folder", pasted(location)) from error
    except Exception as error:  # each kind of storage has exceptions of its own, with no common base
        if is_storage_failure(error):
            raise cannot_fetch(error, location) from None
        raise
