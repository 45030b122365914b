"""How tests wait for what another process does: for the event, however busy the machine is."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

GIVE_UP_S = 600.0
"""Seconds after which an event is taken never to come; ten times what any takes on a quiet machine."""


def until(reached: Callable[[], T], otherwise: str | Callable[[], str], pause: float = 0.2) -> T:
    """Return the first true answer of `reached`, which is asked every `pause` seconds; in the end, fail the test.

    Args:
        reached: Returns something false as long as the event has not come.
        otherwise: What the failure says, or a function that returns it then.
        pause: In seconds.
    """
    deadline = time.monotonic() + GIVE_UP_S
    while not (found := reached()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {GIVE_UP_S:.0f} s: {otherwise if isinstance(otherwise, str) else otherwise()}")
        time.sleep(pause)
    return found
