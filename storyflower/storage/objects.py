"""Objects in a shared store, through obstore: S3, Google Cloud Storage, Azure Blob Storage, or a mounted folder.

obstore is imported when a store is opened: without `STORYFLOWER_STORE` it need not be installed.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, cast

from storyflower.errors import SharedStoreError
from storyflower.messages import problem
from storyflower.redaction import without_secrets
from storyflower.storage.interruptible import interruptible
from storyflower.storage.object_errors import store_errors

if TYPE_CHECKING:
    from obstore import PutMode, PutResult, UpdateVersion
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

FOLDER = "file"
"""Scheme of a mounted folder, such as one on NFS."""
PIECE = 8 << 20
"""Bytes of a request of a download, and of a part of an upload."""

_PARTS_AT_ONCE = 2
_SECONDS_OF_A_REQUEST = 60
_SECONDS_TO_CONNECT = 5
_RETRIES = 8
_LONGEST_PAUSE = 5.0
_SECONDS_OF_RETRIES = 90
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


@dataclass(frozen=True)
class Version:
    """Identifies one state of an object: an ETag and, where the store has one, a generation."""

    e_tag: str | None
    generation: str | None

    def as_mode(self) -> "UpdateVersion":
        """Return the mode in which obstore replaces this state alone."""
        known = (("e_tag", self.e_tag), ("version", self.generation))
        return cast("UpdateVersion", {name: value for name, value in known if value is not None})


@dataclass(frozen=True)
class Found:
    """A small object that was read whole."""

    content: bytes
    version: Version


@dataclass(frozen=True)
class Listed:
    """An object of a listing."""

    name: str
    size: int
    """Bytes."""
    modified: float
    """Seconds since 1970, by the clock of the store."""


class Objects:
    """The objects under an address; their names are relative to it.

    Passing failures are tried again by obstore, `_RETRIES` times; Ctrl-C ends the waiting at once.

    Every method raises:
        SharedStoreError: the store cannot be reached, refuses access, is full or lacks the bucket.
    """

    def __init__(self, address: str) -> None:
        self.place = without_secrets(address)
        self.compares = not address.startswith(f"{FOLDER}://")
        """Whether `replace` compares. A folder has no such operation."""
        self._store = _opened(address, os.getpid())

    def read(self, name: str) -> Found | None:
        """Return a small object; None if there is none."""
        with suppress(FileNotFoundError), store_errors(self.place):
            return interruptible(lambda: self._read(name))
        return None

    def create(self, name: str, content: bytes) -> Version | None:
        """Create an object; return None, and change nothing, if it exists.

        None may also follow a success whose answer was lost: obstore has then tried again and met its own object.
        """
        return self._put(name, content, "create")

    def replace(self, name: str, content: bytes, expected: Version) -> Version | None:
        """Replace an object if its version is the expected one; return None, and change nothing, if it is not.

        None may also follow a success whose answer was lost. In a folder the object is replaced without comparing.
        """
        return self._put(name, content, expected.as_mode() if self.compares else "overwrite")

    def put(self, name: str, content: bytes) -> None:
        """Write a small object, whether or not it exists."""
        self._put(name, content, "overwrite")

    def upload(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a large object, in parts of `PIECE` bytes; an exception of `chunks` ends the upload."""
        with store_errors(self.place):
            parts = iter(chunks)
            interruptible(lambda: self._store.put(name, parts, chunk_size=PIECE, max_concurrency=_PARTS_AT_ONCE))

    def pieces(self, name: str, size: int) -> Iterator[bytes]:
        """Yield the content of an object of `size` bytes in pieces of at most `PIECE` bytes, a request for each.

        Raises:
            FileNotFoundError: there is no object of this name and size.
        """
        with store_errors(self.place):
            found = interruptible(lambda: self._store.head(name))
            if found["size"] != size:  # a range beyond the end would be an error of the request
                raise FileNotFoundError(name)
        for start in range(0, size, PIECE):
            with store_errors(self.place):
                piece = interruptible(partial(self._store.get_range, name, start=start, end=min(start + PIECE, size)))
            yield bytes(piece)

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects whose names begin with the parts of `prefix`."""
        with store_errors(self.place):
            chunks = self._store.list(prefix)
            while chunk := interruptible(lambda: next(chunks, None)):
                for found in chunk:
                    yield Listed(found["path"], found["size"], found["last_modified"].timestamp())

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; names without an object are passed over."""
        for name in names:
            with suppress(FileNotFoundError), store_errors(self.place):
                interruptible(partial(self._store.delete, name))

    def delete_below(self, prefix: str) -> None:
        """Delete the objects whose names begin with the parts of `prefix`."""
        self.delete([found.name for found in self.listed(prefix)])

    def _read(self, name: str) -> Found:
        result = self._store.get(name)
        return Found(bytes(result.bytes()), Version(result.meta["e_tag"], result.meta["version"]))

    def _put(self, name: str, content: bytes, mode: "PutMode") -> Version | None:
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with suppress(AlreadyExistsError, PreconditionError), store_errors(self.place):
            result: PutResult = interruptible(lambda: self._store.put(name, content, mode=mode))
            return Version(result["e_tag"], result["version"])
        return None


@lru_cache(maxsize=8)
def _opened(address: str, _process: int) -> "ObjectStore":
    """Return the store of an address, opened once in a process: its threads do not outlast a fork.

    Credentials, region and endpoint come from the environment, as `AWS_*`, `GOOGLE_*` and `AZURE_*` name them.
    """
    place = without_secrets(address)
    try:
        from obstore.store import from_url
    except ImportError as error:
        raise problem(SharedStoreError, "shared_extra_missing", place) from error
    client: ClientConfig = {
        "timeout": timedelta(seconds=_SECONDS_OF_A_REQUEST),
        "connect_timeout": timedelta(seconds=_SECONDS_TO_CONNECT),
    }
    if any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS):
        client["allow_http"] = True
    retries: RetryConfig = {
        "max_retries": _RETRIES,
        "retry_timeout": timedelta(seconds=_SECONDS_OF_RETRIES),
        "backoff": {"max_backoff": timedelta(seconds=_LONGEST_PAUSE)},
    }
    with store_errors(place):
        if address.startswith(f"{FOLDER}://"):
            return from_url(address)
        return from_url(address, client_options=client, retry_config=retries)
