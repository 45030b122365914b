"""Ports of the loopback that are free now."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem


@dataclass(frozen=True)
class Ports:
    """The port of each service; 0 is replaced by a free one."""

    database: int = 0
    store: int = 0
    mlflow: int = 0
    prefect: int = 0

    def chosen(self) -> "Ports":
        """The same, without zeros.

        Raises:
            StoryFlowerError: a given port cannot be opened.
        """
        given = (self.database, self.store, self.mlflow, self.prefect)
        for port in filter(None, given):
            _require_free(port)
        return Ports(*(port or free for port, free in zip(given, free_ports(len(given)), strict=True)))


def _require_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise problem(StoryFlowerError, "cluster_port_taken", f"127.0.0.1:{port}", reason=error.strerror) from error


def free_ports(count: int) -> list[int]:
    """So many different ports at which no program listens."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
