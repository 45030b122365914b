"""Waiting for a lock with a line in the log, so that no one wonders why nothing happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import BaseFileLock, Timeout


@contextmanager
def held(lock: BaseFileLock, busy: Callable[[], None]) -> Iterator[None]:
    """Acquire a lock, and release it at the end; `busy` is called first if another process holds it."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        busy()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
