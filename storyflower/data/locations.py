"""Where workbooks lie: paths, folders, globs, or addresses that fsspec knows; found, and brought to this machine."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from storyflower.errors import WorkbookError
from storyflower.messages import problem

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "http": "http", "https": "http"}
"""The optional extra of this package that each kind of address needs."""

_CHUNK = 1 << 20
_SUFFIX = ".xlsx"
_NOT_MEANT = ("~$", ".")  # Excel's mark of an open workbook; hidden files, such as those that macOS leaves
_WILDCARDS = re.compile(r"[*?[]")
_QUERY = re.compile(r"(?<=\S)\?[^\s'\"]*")  # may hold a token
_REFUSED, _GONE = (401, 403), (404, 410)  # HTTP status codes


def shown(location: str) -> str:
    """`location` without what may be secret in an address: user, password, query (signed links) and fragment."""
    if "://" not in location:
        return location
    parts = urlsplit(location)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def expand_locations(locations: str | Iterable[str]) -> list[str]:
    """One location a workbook: a folder gives the .xlsx files in it, a glob what it matches, both sorted by name.

    A path or address of one file stays as it is, whether or not the file is there; what is named twice counts once.
    In an address `*` alone makes a glob (a `?` begins a query), and http(s) knows neither globs nor folders.

    Raises:
        WorkbookError: a folder or glob holds no workbook, or the storage of an address cannot be reached.
    """
    given = [locations] if isinstance(locations, str) else locations
    found: dict[str, None] = {}
    for location in given:
        found |= dict.fromkeys(_at_address(location) if "://" in location else _at_path(location))
    return list(found)


def local_file(location: str, downloads: Path, largest_mb: int) -> Path:
    """The file at `location`: a path stays where it is; an address is copied into `downloads`, named by its SHA-256.

    Raises:
        WorkbookError: nothing is there, it may not be read, it is larger than `largest_mb` MiB, or the package
            for this kind of address is not installed.
    """
    if "://" not in location:
        return Path(location).expanduser()
    from fsspec.implementations.local import LocalFileSystem

    filesystem, path = _filesystem(location)
    if isinstance(filesystem, LocalFileSystem):
        return Path(path)
    draft = downloads / f"{uuid4().hex}.tmp"
    try:
        digest = _copy(filesystem, path, draft, location, largest_mb)
        name = downloads / f"{digest}{PurePosixPath(urlsplit(location).path).suffix}"
        draft.replace(name)
    finally:
        draft.unlink(missing_ok=True)
    return name


def _at_path(location: str) -> list[str]:
    path = Path(location).expanduser()
    if path.is_dir():
        return _required((str(file) for file in path.iterdir() if file.suffix.lower() == _SUFFIX), location)
    if path.exists() or not _WILDCARDS.search(location):
        return [location]
    matches = Path(path.anchor).glob(str(path.relative_to(path.anchor)))
    return _required((str(match) for match in matches if match.is_file()), location)


def _at_address(location: str) -> list[str]:
    if location.startswith(("http://", "https://")):
        return [location]
    filesystem, path = _filesystem(location)
    try:
        filesystem.invalidate_cache()
        if "*" in path:
            found = filesystem.glob(path, detail=True).values()
        elif filesystem.isdir(path):
            found = [file for file in filesystem.ls(path, detail=True) if file["name"].lower().endswith(_SUFFIX)]
        else:
            return [location]
        files = [file["name"] for file in found if file["type"] == "file"]
    except Exception as error:  # each kind of storage has exceptions of its own, with no common base
        raise _cannot_fetch(error, location) from error
    # The address of a file begins as the one that was asked for: it may hold a host, or options of the storage.
    start, known, _ = location.rstrip("/").rpartition(path)
    return _required((f"{start}{file}" if known else filesystem.unstrip_protocol(file) for file in files), location)


def _required(found: Iterable[str], location: str) -> list[str]:
    """The workbooks among what was found, sorted by name; WorkbookError when there is none."""
    meant = sorted(file for file in found if not PurePosixPath(file).name.startswith(_NOT_MEANT))
    if not meant:
        raise problem(WorkbookError, "no_match", shown(location))
    return meant


def _filesystem(location: str) -> tuple[Any, str]:
    import fsspec

    scheme = location.partition("://")[0]
    try:
        filesystem, path = fsspec.core.url_to_fs(location)
    except ImportError as error:
        if scheme in EXTRAS:
            raise problem(
                WorkbookError, "extra_missing", shown(location), scheme=scheme, extra=EXTRAS[scheme]
            ) from error
        raise problem(WorkbookError, "scheme_unknown", shown(location), scheme=scheme, reason=error) from error
    except ValueError as error:
        raise problem(WorkbookError, "scheme_unknown", shown(location), scheme=scheme, reason=error) from error
    return filesystem, path


def _copy(filesystem: Any, path: str, target: Path, location: str, largest_mb: int) -> str:
    """Copy a remote file to `target` and return its SHA-256."""
    digest = hashlib.sha256()
    size = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        filesystem.invalidate_cache()
        with filesystem.open(path, "rb") as source, target.open("wb") as copy:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > largest_mb << 20:
                    raise problem(
                        WorkbookError, "too_large", shown(location), size_mb=size / 2**20, limit_mb=largest_mb
                    )
                digest.update(chunk)
                copy.write(chunk)
    except WorkbookError:
        raise
    except IsADirectoryError as error:
        raise problem(WorkbookError, "folder", shown(location)) from error
    except Exception as error:  # each kind of storage has exceptions of its own, with no common base
        raise _cannot_fetch(error, location) from error
    return digest.hexdigest()


def _cannot_fetch(error: Exception, location: str) -> WorkbookError:
    # Over http any failure comes as "not found"; the reason is the cause of it.
    cause = error.__cause__ or error
    status = getattr(cause, "status", None)
    if isinstance(cause, PermissionError) or status in _REFUSED:
        code = "denied"
    elif isinstance(cause, FileNotFoundError) or status in _GONE:
        code = "not_found"
    else:
        code = "unreachable"
    reason = _QUERY.sub("", f"{type(cause).__name__}: {cause}")
    return problem(WorkbookError, code, shown(location), reason=reason)
