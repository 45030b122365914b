"""Where a workbook lies: a path, or an address that fsspec knows, brought to this machine."""

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from storyflower.data.messages import problem
from storyflower.errors import WorkbookError

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "http": "http", "https": "http"}
"""The optional extra of this package that each kind of address needs."""

_CHUNK = 1 << 20


def shown(location: str) -> str:
    """`location` without what may be secret in an address: user, password, query (signed links) and fragment."""
    if "://" not in location:
        return location
    parts = urlsplit(location)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def local_file(location: str, downloads: Path, largest_mb: int) -> Path:
    """The file at `location`: a path stays where it is; an address is copied into `downloads`, named by its SHA-256.

    Raises:
        WorkbookError: nothing is there, it may not be read, it is larger than `largest_mb` MiB, or the package
            for this kind of address is not installed.
    """
    if "://" not in location:
        return Path(location).expanduser()
    filesystem, path = _filesystem(location)
    if filesystem.protocol == "file" or "file" in filesystem.protocol:
        return Path(path)
    downloads.mkdir(parents=True, exist_ok=True)
    draft = downloads / f"{uuid4().hex}.tmp"
    try:
        digest = _copy(filesystem, path, draft, location, largest_mb)
        name = downloads / f"{digest}{PurePosixPath(urlsplit(location).path).suffix}"
        os.replace(draft, name)
    finally:
        draft.unlink(missing_ok=True)
    return name


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
        filesystem.invalidate_cache()
        with filesystem.open(path, "rb") as source, target.open("wb") as copy:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > largest_mb << 20:
                    raise problem(WorkbookError, "too_large", shown(location), size_mb=size / 2**20, limit_mb=largest_mb)
                digest.update(chunk)
                copy.write(chunk)
    except WorkbookError:
        raise
    except FileNotFoundError as error:
        raise problem(WorkbookError, "not_found", shown(location)) from error
    except IsADirectoryError as error:
        raise problem(WorkbookError, "folder", shown(location)) from error
    except Exception as error:  # each kind of storage has exceptions of its own, with no common base
        refused = isinstance(error, PermissionError) or getattr(error, "status", None) in (401, 403)
        reason = f"{type(error).__name__}: {error}".replace(location, shown(location))
        raise problem(WorkbookError, "denied" if refused else "unreachable", shown(location), reason=reason) from error
    return digest.hexdigest()
