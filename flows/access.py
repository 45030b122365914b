"""Gives a process access to Prefect: with the secret of the home's server, or one for a temporary server.

`python -m flows.access COMMAND …` runs a command with it. The user's own Prefect configuration takes precedence.
"""

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from pydantic import ValidationError

from flows.address import server_address
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.quoting import shown
from storyflower.server_access import auth_for
from storyflower.settings import settings
from storyflower.store_probe import why_silent
from storyflower.validation_words import explain

API_URL = "PREFECT_API_URL"
try:  # Prefect reads its settings while it is imported, and prints of its own what is wrong with them
    server_address(os.environ.get(API_URL))
    from prefect.client.orchestration import SyncPrefectClient, get_client
    from prefect.context import refresh_global_settings_context
    from prefect.settings import get_current_settings
except (ValidationError, StoryFlowerError) as error:
    unfit = error
    if isinstance(error, ValidationError):
        unfit = problem(StoryFlowerError, "prefect_settings_unfit", reason=explain(error))
    if __name__ == "__main__":
        sys.exit(f"✗ {unfit}")
    raise unfit from None

CLIENT_AUTH, SERVER_AUTH = "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"
ALLOWED_ORIGINS = "PREFECT_SERVER_CORS_ALLOWED_ORIGINS"
_NO_ORIGIN = "https://none.invalid"
"""A value for "no origin", which Prefect lacks: names that end in `.invalid` never exist (RFC 2606)."""


def use_prefect() -> None:
    """Set up access to the configured Prefect server for this process and its children.

    If none is configured, Prefect starts a temporary server on the loopback; it gets a secret of this process.

    Raises:
        StorageError: other users of the machine may read the secret of the home.
        StoryFlowerError: the address is none of a server, or the server does not answer or refuses access.
    """
    api = get_current_settings().api
    url = server_url()
    if url is None:
        if api.url:  # Prefect takes a blank one for an address, an empty one for none
            put({API_URL: ""})
        auth = own_auth() or f"storyflower:{secrets.token_urlsafe(32)}"
        put({CLIENT_AUTH: auth, SERVER_AUTH: auth, ALLOWED_ORIGINS: _NO_ORIGIN})
        return
    if (why := why_away()) is not None:
        raise problem(StoryFlowerError, "prefect_silent", server_place(), reason=why)
    if api.key is None:
        secret = auth_for(url, settings().home)
        if api.auth_string is None and secret is not None:
            put({CLIENT_AUTH: secret})
        with prefect_client() as prefect:  # raises here if access is refused; Prefect's engine would print a traceback
            prefect.request("GET", "/version")


def start_temporary_server() -> None:
    """Start Prefect's temporary server now if no server is configured, so that Ctrl-C ends the flow and not the server.

    A terminal sends SIGINT to every process of a command. The server inherits that it is blocked, so that the end of
    the flow can still be reported to it; Prefect stops it when the command ends.
    """
    if server_url() is None:
        with _interrupts_blocked(), prefect_client():
            pass


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Hold SIGINT back until the end of the block; where there is no such thing (Windows), nothing changes."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def prefect_client() -> Iterator[SyncPrefectClient]:
    """Open a client of the Prefect server.

    Raises:
        StoryFlowerError: the server does not answer or refuses access, in any request within the context.
    """
    try:
        with get_client(sync_client=True) as prefect:
            yield prefect
    except httpx.HTTPError as error:
        where = server_place()
        status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise problem(StoryFlowerError, "prefect_refuses", where, status=status) from error
        raise problem(StoryFlowerError, "prefect_silent", where, reason=error) from error


def why_away() -> str | None:
    """Return the reason why the configured server does not answer; None if it does, or if none is configured."""
    url = server_url()
    return why_silent(f"{url.rstrip('/')}/health") if url else None


def server_url() -> str | None:
    """Return the address of the server in Prefect's settings (the environment, or else its profile); None without one.

    Raises:
        StoryFlowerError: it is no address of a server.
    """
    return server_address(get_current_settings().api.url)


def server_place() -> str:
    """Return the address of the server in use, without secrets."""
    return shown(server_url() or say("temporary_server"))


def own_auth() -> str | None:
    """Return the secret that the user has configured for servers or for clients; None without one."""
    configured = get_current_settings()
    own = configured.server.api.auth_string or configured.api.auth_string
    return own.get_secret_value() if own else None


def put(values: dict[str, str]) -> None:
    """Set environment variables of Prefect for this process, which has read them already, and its children."""
    os.environ.update(values)
    refresh_global_settings_context()


def main() -> None:
    """Replace this process by the command in the arguments."""
    try:
        use_prefect()
    except StoryFlowerError as error:
        sys.exit(f"✗ {error}")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606


if __name__ == "__main__":
    main()
