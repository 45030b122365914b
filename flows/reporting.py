"""The Prefect server that runs are reported to: asked before anything starts, waited for before the end is reported."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL

from storyflower.errors import StoryFlowerError, first_line
from storyflower.messages import problem, say
from storyflower.quoting import shown
from storyflower.store_probe import why_silent
from storyflower.transient import causes

log = logging.getLogger("storyflower.reporting")  # under `storyflower`, so that one setting shows all of it

SECONDS_TO_WAIT = 180.0
"""For a server that is away when a flow has done its work: a restart takes less."""
_SECONDS_BETWEEN = 3.0


@contextmanager
def reported() -> Iterator[None]:
    """Within it, a command runs a flow: a Prefect server that is away is one clear error.

    Raises:
        StoryFlowerError: the configured server does not answer now, or stopped answering before the flow's end.
    """
    if (why := _silence()) is not None:
        raise problem(StoryFlowerError, "prefect_silent", _place(), reason=why)
    try:
        yield
    except (httpx.HTTPError, PrefectHTTPStatusError) as error:
        # The flow's own error is the reason; that its end could not be reported comes on top of it.
        own = next((cause for cause in causes(error) if isinstance(cause, StoryFlowerError)), None)
        raise own or problem(StoryFlowerError, "prefect_gone", _place(), reason=first_line(error)) from error


def wait_for_the_server() -> None:
    """Wait, three minutes at most, until the configured server answers: it is about to be told that the flow has ended.

    Prefect's own client would try for seconds, and leave the flow run Running for good.
    """
    deadline = time.monotonic() + SECONDS_TO_WAIT
    waiting = False
    while _silence() is not None and time.monotonic() < deadline:
        if not waiting:
            log.warning(say("log.prefect_awaited", place=_place(), minutes=SECONDS_TO_WAIT / 60))
        waiting = True
        time.sleep(_SECONDS_BETWEEN)


def _silence() -> str | None:
    """Why the configured server does not answer; None where it does, and where none is configured."""
    url = PREFECT_API_URL.value()
    return why_silent(f"{url.rstrip('/')}/health") if url else None


def _place() -> str:
    return shown(PREFECT_API_URL.value() or say("temporary_server"))
