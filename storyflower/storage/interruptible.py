"""Calls of a library that does not notice Ctrl-C while it waits, in a way that does."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread, current_thread, main_thread
from typing import TypeVar

T = TypeVar("T")


def interruptible(call: Callable[[], T]) -> T:
    """Return what a call returns, or raise what it raises.

    In the main thread, which alone is interrupted, the call is made by another one that is waited for. After an
    interruption that one goes on until the call ends or the process does, and its result is not used.
    """
    if current_thread() is not main_thread():
        return call()
    found: Future[T] = Future()

    def make() -> None:
        try:
            found.set_result(call())
        except BaseException as error:
            found.set_exception(error)

    Thread(target=make, name="interruptible", daemon=True).start()
    return found.result()
