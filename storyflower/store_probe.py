"""Whether a server answers at all, found out within seconds: the clients of MLflow and Prefect try for minutes."""

from concurrent.futures import Future
from threading import Thread
from urllib.parse import urlsplit

import httpx

SECONDS = 10.0
"""In all, however slowly the answer comes."""


def is_http_address(address: str) -> bool:
    """Whether an address is one of http(s), with a host, and with a port that there can be if it names one."""
    try:
        parts = urlsplit(address)
        known = parts.port is None or parts.port > 0
    except ValueError:  # brackets or a port that are none
        return False
    return known and parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, address))


def answers(address: str, seconds: float = SECONDS) -> bool:
    """Whether the server at an http(s) address sends any answer in time; an address of another kind always does."""
    return why_silent(address, seconds) is None


def why_silent(address: str, seconds: float = SECONDS) -> str | None:
    """Why the server at an http(s) address does not answer, in a few words; None where it does.

    Any status is an answer: a page that is missing, or a login that is required, comes from a server that is there.
    The thread is left behind where a server sends its answer drop by drop: one read has a limit of time, all have none.
    """
    if not address.startswith(("http://", "https://")):
        return None
    found: Future[str | None] = Future()
    Thread(target=lambda: found.set_result(_asked(address, seconds)), daemon=True).start()
    try:
        return found.result(seconds + 1)
    except TimeoutError:
        return f"no answer within {seconds:.0f} s"


def _asked(address: str, seconds: float) -> str | None:
    try:
        with httpx.stream("GET", address, timeout=seconds):
            return None
    except httpx.TimeoutException:
        return f"no answer within {seconds:.0f} s"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return str(error) or type(error).__name__
