"""Ports that cannot be opened: the cause and a remedy for it."""

import socket

import pytest

from storyflower.errors import StoryFlowerError
from storyflower.ports import open_port

RESERVED = 1


def reserves_ports() -> bool:
    """Whether the system refuses this user the low ports."""
    try:
        socket.create_server(("127.0.0.1", RESERVED)).close()
    except OSError:
        return True
    return False


@pytest.mark.parametrize(
    ("host", "port", "cause", "remedy"),
    [
        ("192.0.2.1", 0, "192.0.2.1 is no address of this machine", "127.0.0.1"),
        ("no-such-machine.invalid", 0, "no machine of this name", "127.0.0.1"),
        ("localhost:8000", 0, "localhost:8000 is no address", "127.0.0.1"),
        ("127.0.0.1", 70_000, "no such port", "65535"),
        pytest.param(
            *("127.0.0.1", RESERVED, "only an administrator", "1024"),
            marks=pytest.mark.skipif(not reserves_ports(), reason="every port is open to this user"),
        ),
    ],
)
def test_what_is_wrong_with_an_address_is_named_with_its_own_remedy(
    in_english: None, host: str, port: int, cause: str, remedy: str
) -> None:
    with pytest.raises(StoryFlowerError) as caught:
        open_port(host, port, "serve_port_taken")
    assert cause in caught.value.problem
    assert remedy in caught.value.remedy
    assert "while attempting" not in str(caught.value)


@pytest.mark.parametrize("code", ["serve_port_taken", "port_taken", "cluster_port_taken"])
def test_a_port_that_is_taken_has_the_remedy_of_the_command(in_english: None, code: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(StoryFlowerError) as caught:
        open_port("127.0.0.1", taken.getsockname()[1], code)
    assert caught.value.problem == "another program uses this port."
    assert "port" in caught.value.remedy
