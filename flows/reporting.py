"""The Prefect server that runs are reported to: waited for before the end of a flow is reported."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from flows.access import server_place, why_away
from storyflower.errors import StoryFlowerError, first_line
from storyflower.messages import problem, say
from storyflower.transient import causes

log = logging.getLogger("storyflower.reporting")  # under `storyflower`, so that one setting shows all of it

SECONDS_TO_WAIT = 180.0
"""For a server that is away when a flow has done its work: a restart takes less."""
_SECONDS_BETWEEN = 3.0


@contextmanager
def reported() -> Iterator[None]:
    """Within it, a command runs a flow: a Prefect server that goes away meanwhile is one clear error.

    Raises:
        StoryFlowerError: the server stopped answering before the flow's end.
    """
    try:
        yield
    except httpx.HTTPError as error:
        # The flow's own error is the reason; that its end could not be reported comes on top of it.
        own = next((cause for cause in causes(error) if isinstance(cause, StoryFlowerError)), None)
        raise own or problem(StoryFlowerError, "prefect_gone", server_place(), reason=first_line(error)) from error


def wait_for_the_server() -> None:
    """Wait, three minutes at most, until the configured server answers: it is about to be told that the flow has ended.

    Prefect's own client would try for seconds, and leave the flow run Running for good.
    """
    deadline = time.monotonic() + SECONDS_TO_WAIT
    waiting = False
    while why_away() is not None and time.monotonic() < deadline:
        if not waiting:
            log.warning(say("log.prefect_awaited", place=server_place(), minutes=SECONDS_TO_WAIT / 60))
        waiting = True
        time.sleep(_SECONDS_BETWEEN)
