"""Files of workbooks, not yet parsed; within a run each is fetched and hashed once, and other results are kept."""

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar, cast

Result = TypeVar("Result")

MOST_KEPT = 256 << 20
"""Bytes of files that `fetched_once` keeps; what does not fit is fetched again when it is needed again."""


@dataclass(frozen=True)
class FetchedFile:
    """The bytes of a file, and the name by which messages call it."""

    name: str
    content: bytes = field(repr=False)
    sha256: str


@dataclass(frozen=True)
class SpooledFile:
    """A file whose bytes lie on the disk, in a file without a name that several share, until it is read."""

    name: str
    sha256: str
    spool: IO[bytes] = field(repr=False)
    start: int
    size: int

    @classmethod
    def of(cls, file: FetchedFile, spool: IO[bytes]) -> "SpooledFile":
        """Append a file to the spool, an open temporary file."""
        start = spool.seek(0, os.SEEK_END)
        spool.write(file.content)
        spool.flush()  # so that a full disk is noticed here
        return cls(file.name, file.sha256, spool, start, len(file.content))

    def read(self) -> FetchedFile:
        """The file with its bytes."""
        self.spool.seek(self.start)
        return FetchedFile(self.name, self.spool.read(self.size), self.sha256)


_kept: ContextVar[dict[Hashable, FetchedFile] | None] = ContextVar("fetched_files", default=None)
_results: ContextVar[dict[Hashable, Any] | None] = ContextVar("results_of_the_run", default=None)


@contextmanager
def fetched_once() -> Iterator[None]:
    """Keep the content of each location and the results of `once_in_run` until the context ends; contexts may nest.

    A retraining then trains on the workbooks that it compared with the champion's, and downloads each of them once.
    """
    if _kept.get() is not None:
        yield
        return
    files, results = _kept.set({}), _results.set({})
    try:
        yield
    finally:
        _kept.reset(files)
        _results.reset(results)


def once_in_run(key: Hashable, compute: Callable[[], Result]) -> Result:
    """Compute a result once within `fetched_once`, whose files it depends on; outside of it, at each call."""
    results = _results.get()
    if results is None:
        return compute()
    if key not in results:
        results[key] = compute()
    return cast(Result, results[key])


def kept_or_fetched(key: Hashable, fetch: Callable[[], FetchedFile]) -> FetchedFile:
    """Return the file that was fetched under this key within `fetched_once`, or fetch it."""
    kept = _kept.get()
    if kept is None:
        return fetch()
    if key in kept:
        return kept[key]
    file = fetch()
    if sum(len(other.content) for other in kept.values()) + len(file.content) <= MOST_KEPT:
        kept[key] = file
    return file
