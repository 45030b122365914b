"""The server, which answers the requests that it has accepted before it ends."""

import logging
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from storyflower.app.boundary import Traffic


def serve(app: FastAPI, listener: socket.socket, traffic: Traffic) -> None:
    """Answer until SIGTERM or Ctrl-C, then what was taken before; requests that come meanwhile are refused.

    Requests are not logged: their addresses could hold texts.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on", proxy_headers=False
    )
    _Server(config, traffic).run([listener])


class _Server(uvicorn.Server):
    """Ends when the requests in progress are answered; a second signal ends it at once."""

    def __init__(self, config: uvicorn.Config, traffic: Traffic) -> None:
        super().__init__(config)
        self._traffic = traffic

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by a signal. uvicorn would raise it again at the end: an end that was asked for is no failure."""
        del sig, frame
        if self._traffic.stopping:
            self.should_exit = self.force_exit = True
        self._traffic.stopping = True

    async def on_tick(self, counter: int) -> bool:
        """Called every 100 ms; returns whether to end."""
        return await super().on_tick(counter) or self._traffic.is_over
