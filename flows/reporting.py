"""Handles a Prefect server that goes away during a flow run."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from flows.access import server_place, why_away
from storyflower.errors import StoryFlowerError, causes, first_line
from storyflower.messages import problem, say

log = logging.getLogger("storyflower.reporting")  # under `storyflower`, so that one setting shows all of it

SECONDS_TO_WAIT = 180.0
"""How long a finished flow waits for a server that does not answer; a restart takes less."""
_SECONDS_BETWEEN = 3.0


@contextmanager
def reported() -> Iterator[None]:
    """Run a flow within it: a Prefect server that goes away is one clear error.

    Raises:
        StoryFlowerError: the server stopped answering before the flow's end.
    """
    try:
        yield
    except httpx.HTTPError as error:
        # The flow's own error is raised in preference to the failure to report it.
        own = next((cause for cause in causes(error) if isinstance(cause, StoryFlowerError)), None)
        raise own or problem(StoryFlowerError, "prefect_gone", server_place(), reason=first_line(error)) from error


def wait_for_the_server() -> None:
    """Wait, three minutes at most, until the configured server answers, so that the end of the flow can be reported.

    Prefect's own client retries for seconds only, and would leave the flow run Running.
    """
    deadline = time.monotonic() + SECONDS_TO_WAIT
    waiting = False
    while why_away() is not None and time.monotonic() < deadline:
        if not waiting:
            log.warning(say("log.prefect_awaited", place=server_place(), minutes=SECONDS_TO_WAIT / 60))
        waiting = True
        time.sleep(_SECONDS_BETWEEN)
