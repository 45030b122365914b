"""Marks of processes: running, ended, ended and not yet waited for, with a reused number, of another machine."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from storyflower import processes
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
    mark = this_process()
    assert replace(mark, began=f"{mark.boot}:1").has_ended() is True


NEVER_USED = 4_194_303
A_MACHINE = "0123456789abcdef"


@linux
def test_a_process_of_another_machine_is_unknown_whatever_it_is_called() -> None:
    """Its number is looked up only where boot, machine and namespace of processes are this one's."""
    mark = replace(this_process(), pid=NEVER_USED)
    assert mark.has_ended() is True
    machine, _, namespace = mark.system.partition(".")
    for elsewhere in (
        replace(mark, system=f"{A_MACHINE}.{namespace}"),
        replace(mark, system=f"{A_MACHINE}.{namespace}", began="another-boot:1"),
        replace(mark, system=f".{namespace}", began="another-boot:1"),
        replace(mark, system=f"{machine}.{int(namespace) + 1}"),
        replace(mark, host="another", began="another-boot:1"),
    ):
        assert elsewhere.has_ended() is None, elsewhere
        assert ProcessMark.parse(str(elsewhere)) == elsewhere


@linux
@pytest.mark.parametrize(
    ("machine", "namespace", "expected"),
    [(A_MACHINE, 4026531836, True), (A_MACHINE, 4026531837, None), ("", 4026531836, None)],
    ids=["machine", "container", "machine without an id"],
)
def test_a_process_before_the_last_start_has_ended_where_the_machine_is_certainly_the_same(
    machine: str, namespace: int, expected: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_system", lambda: f"{machine}.{namespace}")
    assert replace(this_process(), began="another-boot:1").has_ended() is expected


@linux
def test_the_id_of_the_machine_itself_is_not_made_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_MACHINE_ID", tmp_path / "machine-id")
    assert this_process().system.startswith(".")
    (tmp_path / "machine-id").write_text("3d1219c7c4c5404aaa1f6d2a48adfda4\n", "utf-8")
    one = this_process().system
    (tmp_path / "machine-id").write_text("4d1219c7c4c5404aaa1f6d2a48adfda4\n", "utf-8")
    assert len({one, this_process().system}) == 2
    assert "3d1219c7" not in one


@linux
def test_a_process_of_another_namespace_is_never_looked_up() -> None:
    """As one in a container: there it has another number than here, and the number here is another process."""
    isolated = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if not shutil.which("unshare") or subprocess.run([*isolated, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no namespaces to its users")
    ours = this_process()
    script = (
        "import sys; from storyflower.processes import ProcessMark, this_process\n"
        "print(this_process(), *(ProcessMark.parse(mark).has_ended() for mark in sys.argv[1:])); input()"
    )
    dead = replace(ours, pid=NEVER_USED)
    child = subprocess.Popen(
        [*isolated, sys.executable, "-uc", script, str(ours), str(dead)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    printed, *seen_there = child.stdout.readline().split()
    mark = ProcessMark.parse(printed)
    try:
        assert seen_there == ["None", "None"]
        assert (mark.host, mark.boot) == (ours.host, ours.boot)
        assert mark.pid < 10
        assert mark.has_ended() is None
    finally:
        end(child)
    assert mark.has_ended() is None


@linux
def test_a_mark_of_an_earlier_release_is_read_by_its_host_name() -> None:
    mark = this_process()
    earlier = ProcessMark.parse(f"{mark.host}/{mark.pid}/{mark.began}")
    assert earlier.has_ended() is False
    assert replace(earlier, pid=NEVER_USED).has_ended() is True
    assert replace(earlier, began="another-boot:1").has_ended() is True
    assert replace(earlier, host="elsewhere").has_ended() is None


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
