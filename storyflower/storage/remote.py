"""Access to workbooks at addresses, through fsspec: opening the storage, downloading a file, and its errors."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted
from storyflower.redaction import holds_secret
from storyflower.storage.unreached import cannot_fetch, reason_of
from storyflower.transient import is_storage_failure

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "http": "http", "https": "http"}
"""The optional extra of this package that each scheme of addresses needs."""

_CHUNK = 1 << 20
_SECONDS_OF_SILENCE = 15.0
"""The longest time in which a web server may send nothing."""
_SECONDS_IN_ALL = 900.0
"""The longest time of one request to a web server."""


def filesystem_of(location: str) -> tuple[Any, str]:
    """Return the fsspec file system of an address, and the path in it.

    Raises:
        WorkbookError: the scheme is unknown, its package is not installed, or the storage cannot be reached.
    """
    import fsspec

    scheme = location.partition("://")[0]
    with storage_errors(location):
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


def download(chunks: Iterable[bytes], target: Path, location: str, largest_mb: int) -> str:
    """Write the content of a remote file to `target` and return its SHA-256.

    Raises:
        WorkbookError: it is larger than `largest_mb` MiB.
    """
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


def chunks_of(filesystem: Any, path: str, location: str) -> Iterator[bytes]:
    """Yield the content of a remote file in chunks of at most 1 MiB."""
    with storage_errors(location):
        filesystem.invalidate_cache()
        with filesystem.open(path, "rb") as source:
            while chunk := source.read(_CHUNK):
                yield chunk


def _limits_of(scheme: str) -> dict[str, Any]:
    """Return options for the file system of a scheme: time limits for web servers.

    The limit of aiohttp itself is five minutes, and each file takes more than one request.
    """
    if scheme not in ("http", "https"):
        return {}
    from aiohttp import ClientTimeout

    timeout = ClientTimeout(total=_SECONDS_IN_ALL, sock_connect=_SECONDS_OF_SILENCE, sock_read=_SECONDS_OF_SILENCE)
    return {"client_kwargs": {"timeout": timeout}}


@contextmanager
def storage_errors(location: str) -> Iterator[None]:
    """Raise failures of the storage as WorkbookError; other errors too if their traceback could show a secret."""
    try:
        yield
    except WorkbookError:
        raise
    except IsADirectoryError as error:
        raise problem(WorkbookError, "folder", pasted(location)) from error
    except Exception as error:  # each kind of storage has its own exceptions, without a common base
        if is_storage_failure(error) or holds_secret(location):
            raise cannot_fetch(error, location) from None
        raise
