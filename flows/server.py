"""Runs the Prefect server of a home: `python -m flows.server --port 4200`, as `make server` does.

It listens on the loopback, and in a container, which the loopback of the machine does not reach, on `--host`.
Prefect's own `prefect server start` accepts every host name and every web page, and requires no login.
"""

import argparse
import os
import signal
import sys

import uvicorn
from prefect.server.api.server import create_app
from prefect.settings import get_current_settings

from flows.access import ALLOWED_ORIGINS, CLIENT_AUTH, SERVER_AUTH, own_auth, put
from flows.guard import guarded
from storyflower.errors import StoryFlowerError
from storyflower.messages import say
from storyflower.ports import LOOPBACK_ADDRESS, open_port
from storyflower.server_access import registered, secret_of
from storyflower.settings import settings

_UI_API = ("PREFECT_SERVER_UI_API_URL", "PREFECT_UI_API_URL")


def serve(port: int, host: str = LOOPBACK_ADDRESS) -> None:
    """Run the server until it is interrupted.

    Requests by other names than the loopback's and those of `STORYFLOWER_SERVER_ADDRESSES` are refused on any host.

    Raises:
        StorageError: other users of the machine may read the secret of the home.
        StoryFlowerError: the port cannot be opened.
    """
    home = settings().home
    addresses = [f"http://{LOOPBACK_ADDRESS}:{port}", f"http://localhost:{port}", *settings().more_addresses]
    secret = own_auth() or secret_of(home)
    put({SERVER_AUTH: secret, CLIENT_AUTH: secret, ALLOWED_ORIGINS: ",".join(addresses)})
    if not {*_UI_API} & os.environ.keys():
        put({_UI_API[0]: "/api"})  # relative to the page: the browser stores the login per address
    with open_port(host, port, "port_taken") as listener, registered(port, secret, home) as page:
        print(say("server.ready", url=addresses[0], page=page.as_uri()), flush=True)  # noqa: T201
        api = get_current_settings().server.api
        config = uvicorn.Config(
            guarded(create_app(final=True), addresses, secret),
            log_level=get_current_settings().server.logging_level.lower(),
            timeout_keep_alive=api.keepalive_timeout,
            ws_ping_interval=api.websocket_ping_interval,
            ws_ping_timeout=api.websocket_ping_timeout,
        )
        uvicorn.Server(config).run([listener])


def main() -> None:
    """Serve; an error that the user can solve is printed as one message."""
    parser = argparse.ArgumentParser(prog="python -m flows.server")
    parser.add_argument("--port", type=int, default=4200)
    parser.add_argument("--host", default=LOOPBACK_ADDRESS)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # until uvicorn takes over: `finally` is honoured
    try:
        serve(given.port, given.host)
    except StoryFlowerError as error:
        sys.exit(f"✗ {error}")


if __name__ == "__main__":
    main()
