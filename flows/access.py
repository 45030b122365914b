"""What a process needs to use Prefect: the secret of the home's server, or one for the temporary server it starts.

`python -m flows.access COMMAND …` runs a command with it. What the user has configured for Prefect always wins.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.context import refresh_global_settings_context
from prefect.settings import get_current_settings

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.quoting import shown
from storyflower.server_access import auth_for
from storyflower.settings import settings
from storyflower.store_probe import why_silent

CLIENT_AUTH, SERVER_AUTH = "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"
ALLOWED_ORIGINS = "PREFECT_SERVER_CORS_ALLOWED_ORIGINS"
_NO_ORIGIN = "https://none.invalid"
"""Prefect has no value for "no web page at all"; names that end in `.invalid` never exist (RFC 2606)."""


def use_prefect() -> None:
    """Let this process, and those that it starts, use the Prefect server that is configured.

    Where none is, Prefect starts a temporary server on the loopback: it gets a secret that this process alone knows.

    Raises:
        StorageError: other users of the machine may read the secret of the home.
        StoryFlowerError: the server does not answer, or refuses access.
    """
    api = get_current_settings().api
    if api.url is None:
        auth = own_auth() or f"storyflower:{secrets.token_urlsafe(32)}"
        put({CLIENT_AUTH: auth, SERVER_AUTH: auth, ALLOWED_ORIGINS: _NO_ORIGIN})
        return
    if (why := why_away()) is not None:
        raise problem(StoryFlowerError, "prefect_silent", server_place(), reason=why)
    if api.key is None:
        secret = auth_for(api.url, settings().home)
        if api.auth_string is None and secret is not None:
            put({CLIENT_AUTH: secret})
        with prefect_client() as prefect:  # a refusal ends here: Prefect's engine would end in a traceback
            prefect.request("GET", "/version")


@contextmanager
def prefect_client() -> Iterator[SyncPrefectClient]:
    """A client of Prefect's server.

    Raises:
        StoryFlowerError: within it, the server does not answer, or refuses access.
    """
    try:
        with get_client(sync_client=True) as prefect:
            yield prefect
    except httpx.HTTPError as error:
        raise _not_usable(error) from error


def why_away() -> str | None:
    """Why the configured server does not answer; None where it does, and where none is configured."""
    url = get_current_settings().api.url
    return why_silent(f"{url.rstrip('/')}/health") if url else None


def server_place() -> str:
    """The address of the server in use, as people may see it."""
    return shown(get_current_settings().api.url or say("temporary_server"))


def own_auth() -> str | None:
    """The secret that the user has configured, for servers or for commands; None where there is none."""
    configured = get_current_settings()
    own = configured.server.api.auth_string or configured.api.auth_string
    return own.get_secret_value() if own else None


def _not_usable(error: httpx.HTTPError) -> StoryFlowerError:
    where = server_place()
    status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return problem(StoryFlowerError, "prefect_refuses", where, status=status)
    return problem(StoryFlowerError, "prefect_silent", where, reason=error)


def put(values: dict[str, str]) -> None:
    """Set Prefect's variables for this process, which has read them already, and those that it starts."""
    os.environ.update(values)
    refresh_global_settings_context()


def main() -> None:
    """Become the command that the arguments are."""
    try:
        use_prefect()
    except StoryFlowerError as error:
        sys.exit(f"✗ {error}")
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606


if __name__ == "__main__":
    main()
