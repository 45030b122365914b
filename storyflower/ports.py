"""TCP ports of this machine: one that is opened before anything is loaded, and free ones."""

import errno
import os
import socket
from contextlib import ExitStack

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem

LOOPBACK_ADDRESS = "127.0.0.1"
_BACKLOG = 1024
_HIGHEST = 65535


def open_port(host: str, port: int, code: str) -> socket.socket:
    """Open a port for a server; connections wait until the server accepts them.

    Args:
        host: an IPv4 or IPv6 address of this machine, or a name of it.
        port: the port; 0 for any that is free.
        code: the message of the error where another program uses the port.

    Raises:
        StoryFlowerError: the port is taken, reserved or none, or the host is no address of this machine.
    """
    if not 0 <= port <= _HIGHEST:
        raise problem(StoryFlowerError, "no_such_port", f"{host}:{port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise _refusal(error, host, port, code) from error


def _refusal(error: OSError, host: str, port: int, code: str) -> StoryFlowerError:
    """Why a port was not opened, and the remedy for that."""
    where = f"{host}:{port}"
    if isinstance(error.__context__, socket.gaierror):  # `create_server` makes another error of it
        return problem(StoryFlowerError, "host_unknown", where, host=host)
    if error.errno in (errno.EADDRNOTAVAIL, errno.EINVAL):  # the latter for a link-local address without interface
        return problem(StoryFlowerError, "host_of_another", where, host=host)
    if error.errno == errno.EACCES:
        return problem(StoryFlowerError, "port_reserved", where, port=port)
    if error.errno == errno.EADDRINUSE:
        return problem(StoryFlowerError, code, where)
    return problem(StoryFlowerError, "port_unopened", where, reason=os.strerror(error.errno or 0))


def free_ports(count: int) -> list[int]:
    """So many different ports of the loopback at which no program listens."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind((LOOPBACK_ADDRESS, 0))
        return [each.getsockname()[1] for each in held]
