"""Files of workbooks, not yet parsed; within a run each is fetched and hashed once, and other results are kept."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

Result = TypeVar("Result")

MOST_KEPT = 256 << 20
"""Bytes of files that `fetched_once` keeps; what does not fit is fetched again when it is needed again."""


@dataclass(frozen=True)
class FetchedFile:
    """The bytes of a file, and the name by which messages call it."""

    name: str
    content: bytes = field(repr=False)
    sha256: str


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
