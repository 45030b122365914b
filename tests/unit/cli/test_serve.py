"""`storyflower serve`: what it refuses before it starts."""

import socket

import pytest
from typer.testing import CliRunner

from storyflower.cli import serve as command
from storyflower.cli.app import app


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "::"])  # noqa: S104
def test_elsewhere_than_on_the_loopback_a_key_is_needed(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORYFLOWER_API_KEY", raising=False)
    done = CliRunner().invoke(app, ["serve", "--host", host])
    assert done.exit_code == 2
    assert "STORYFLOWER_API_KEY" in done.output


def test_a_taken_port_is_one_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert done.exit_code == 1
    assert f"127.0.0.1:{port}" in done.output
    assert "--port 8001" in done.output


def test_no_address_of_this_machine_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_API_KEY", "secret")
    done = CliRunner().invoke(app, ["serve", "--host", "host.invalid"])
    assert done.exit_code == 1
    assert "host.invalid" in done.output
    assert "secret" not in done.output


def test_without_a_model_it_says_how_to_make_one() -> None:
    done = CliRunner().invoke(app, ["serve", "--port", "0"])
    assert done.exit_code == 1
    assert "make demo" in done.output


@pytest.mark.parametrize("arguments", [["--threshold", "2"], ["--port", "70000"]])
def test_wrong_usage(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["serve", *arguments]).exit_code == 2


def test_a_browser_is_opened_only_where_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not command._has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert command._has_display()
