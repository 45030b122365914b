"""Marks of processes: running, ended, ended and not yet waited for, with a reused number, of another machine."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from storyflower.processes import COMMAND_VARIABLE, ProcessMark, orphaned_servers, this_process

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")

PRINT_MARK = "from storyflower.processes import this_process; print(this_process(), flush=True); input()"


def start_marked(env: dict[str, str] | None = None) -> tuple[subprocess.Popen[str], ProcessMark]:
    child = subprocess.Popen(
        [sys.executable, "-c", PRINT_MARK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    )
    assert child.stdout
    return child, ProcessMark.parse(child.stdout.readline().strip())


def end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def test_this_process_goes_on() -> None:
    mark = this_process()
    assert mark.pid == os.getpid()
    assert ProcessMark.parse(str(mark)) == mark
    assert mark.has_ended() is not True


@linux
def test_a_killed_process_has_ended_even_before_its_parent_has_waited_for_it() -> None:
    child, mark = start_marked()
    assert mark.has_ended() is False
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the table of processes
    assert mark.has_ended() is True
    end(child)
    assert mark.has_ended() is True


@linux
def test_a_reused_number_is_another_process() -> None:
    assert replace(this_process(), began="another-boot:1").has_ended() is True


def test_a_process_of_another_machine_is_unknown() -> None:
    assert replace(this_process(), host="elsewhere").has_ended() is None


@linux
def test_only_a_temporary_server_whose_command_is_gone_is_an_orphan() -> None:
    """The very command line and variables by which Prefect starts one, in a process that only waits."""
    command, mark = start_marked()
    looks_like_one = [sys.executable, "-c", "input()", "prefect.server.api.server:create_app"]
    unmarked = {name: value for name, value in os.environ.items() if name != COMMAND_VARIABLE}
    marked = unmarked | {COMMAND_VARIABLE: str(mark)}
    environments = {
        "temporary": marked | {"PREFECT__SERVER_EPHEMERAL": "1"},
        "meant to stay": {k: v for k, v in marked.items() if k != "PREFECT__SERVER_EPHEMERAL"},
        "of another": {k: v for k, v in os.environ.items() if k != COMMAND_VARIABLE}
        | {"PREFECT__SERVER_EPHEMERAL": "1"},
    }
    servers = {
        name: subprocess.Popen(looks_like_one, stdin=subprocess.PIPE, env=env, text=True)
        for name, env in environments.items()
    }
    ours = {server.pid for server in servers.values()}
    try:
        assert not ours & set(orphaned_servers())
        end(command)
        assert ours & set(orphaned_servers()) == {servers["temporary"].pid}
    finally:
        for server in servers.values():
            end(server)


@linux
def test_arguments_and_variables_that_are_no_utf8_are_no_error() -> None:
    """Such a process of the same user may be anything: a name of a file in EUC-KR is enough."""
    command, mark = start_marked()
    bytes_of_its_own = "감정.xlsx".encode("euc-kr")
    marked = {os.fsencode(name): os.fsencode(value) for name, value in os.environ.items()}
    marked |= {
        COMMAND_VARIABLE.encode(): str(mark).encode(),
        b"PREFECT__SERVER_EPHEMERAL": b"1",
        b"NAME": bytes_of_its_own,
    }
    arguments = [os.fsencode(sys.executable), b"-c", b"input()", bytes_of_its_own]
    other, server = (
        subprocess.Popen([*arguments, *more], stdin=subprocess.PIPE, env=marked, text=True)
        for more in ([], [b"prefect.server.api.server:create_app"])
    )
    try:
        assert not {other.pid, server.pid} & set(orphaned_servers())
        end(command)
        assert {other.pid, server.pid} & set(orphaned_servers()) == {server.pid}
    finally:
        end(other)
        end(server)
