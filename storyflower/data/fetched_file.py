"""Files brought to this machine, not yet parsed; within a run each is fetched and hashed once."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

MOST_KEPT = 256 << 20
"""Bytes of files that `fetched_once` keeps; what does not fit is fetched again when it is needed again."""


@dataclass(frozen=True)
class FetchedFile:
    """The bytes of a file, and the name by which messages call it."""

    name: str
    content: bytes = field(repr=False)
    sha256: str


_kept: ContextVar[dict[Hashable, FetchedFile] | None] = ContextVar("fetched_files", default=None)


@contextmanager
def fetched_once() -> Iterator[None]:
    """Within it, `fetch_file` returns the same content of a location each time; within another one, the outer one's.

    What a retraining compares with the champion's workbooks is then what it trains on, and a remote workbook is
    downloaded once.
    """
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


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
