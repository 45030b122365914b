"""TCP ports of this machine: one that is opened before anything is loaded, and free ones."""

import socket
from contextlib import ExitStack

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem

LOOPBACK_ADDRESS = "127.0.0.1"
_BACKLOG = 1024


def open_port(host: str, port: int, code: str) -> socket.socket:
    """Open a port for a server; connections wait until the server accepts them.

    Args:
        host: an IPv4 or IPv6 address of this machine, or a name of it.
        port: the port; 0 for any that is free.
        code: the message of the error.

    Raises:
        StoryFlowerError: the port is taken or is none, or the host is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:  # the latter for a number that is no port
        reason = getattr(error, "strerror", None) or error
        raise problem(StoryFlowerError, code, f"{host}:{port}", reason=reason) from error


def free_ports(count: int) -> list[int]:
    """So many different ports of the loopback at which no program listens."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind((LOOPBACK_ADDRESS, 0))
        return [each.getsockname()[1] for each in held]
