"""Programs under a keeper end with the process that started them, however that ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from storyflower.cluster.kept import Kept, Program, kept, wait_for
from storyflower.cluster.ports import Ports
from storyflower.cluster.state import announce, running, sole
from storyflower.errors import StoryFlowerError
from storyflower.ports import free_ports
from tests.waiting import GIVE_UP_S

DAEMON = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
print("started", flush=True)
time.sleep(3600)
"""
FOREGROUND = f"""
import sys, time
from pathlib import Path
from storyflower.cluster.kept import Kept, Program

folder = Path(sys.argv[1])
Kept(Program("daemon", [sys.executable, "-c", {DAEMON!r}], folder, folder / "log"))
time.sleep(3600)
"""


def python(folder: Path, code: str, **more: object) -> Program:
    return Program("program", [sys.executable, "-c", code], folder, folder / "log", **more)  # type: ignore[arg-type]


def has_logged(folder: Path, text: str) -> bool:
    return (folder / "log").exists() and text in (folder / "log").read_text("utf-8")


@pytest.fixture
def foreground(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that keeps a program, which has started another one in a session of its own."""
    with subprocess.Popen([sys.executable, "-c", FOREGROUND, str(tmp_path)]) as process:
        yield process
        process.kill()


def test_sigkill_leaves_no_descendant(tmp_path: Path, foreground: "subprocess.Popen[bytes]") -> None:
    with kept(python(tmp_path, "import time; time.sleep(3600)")) as slow:
        wait_for(lambda: has_logged(tmp_path, "started"), slow, [slow])
    descendants = psutil.Process(foreground.pid).children(recursive=True)
    assert len(descendants) == 3  # the keeper, the program, and what it has started
    foreground.kill()
    _, alive = psutil.wait_procs(descendants, GIVE_UP_S)
    assert not alive


def test_a_program_notices_the_signal_also_where_the_shell_ignores_it(tmp_path: Path) -> None:
    """As in `storyflower cluster up &` of a script: SIGINT is ignored by all that is started then."""
    waits = "import time\ntry:\n    print('waits', flush=True)\n    time.sleep(3600)\n"
    code = f"{waits}finally:\n    print('noticed', flush=True)"
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupted = Kept(python(tmp_path, code, stop=signal.SIGINT, seconds=GIVE_UP_S))
    finally:
        signal.signal(signal.SIGINT, usual)
    interrupted.until(lambda: has_logged(tmp_path, "waits"))
    interrupted.end()
    assert has_logged(tmp_path, "noticed")


def test_a_program_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
    deaf = Kept(python(tmp_path, f"{code}; time.sleep(3600)", seconds=0.2))
    deaf.until(lambda: has_logged(tmp_path, "deaf"))
    deaf.end()
    assert not deaf.running


def test_a_program_that_ends_is_reported_with_the_end_of_its_log(tmp_path: Path, in_english: None) -> None:
    with kept(python(tmp_path, "raise SystemExit('no more disk')")) as failing:
        with pytest.raises(StoryFlowerError, match=r"program has ended.*\n.*no more disk"):
            failing.until(lambda: False)
        with pytest.raises(StoryFlowerError, match="program has ended"):
            failing.succeeded()
    with kept(python(tmp_path, "pass")) as done:
        wait_for(done.succeeded, done, [])


def test_a_program_that_is_never_ready_is_reported(tmp_path: Path, in_english: None) -> None:
    with kept(python(tmp_path, "import time; time.sleep(3600)")) as silent:
        with pytest.raises(StoryFlowerError, match="did not answer"):
            wait_for(lambda: False, silent, [silent], seconds=0.2)
        os.kill(silent._process.pid, signal.SIGTERM)  # someone ends the keeper itself
    assert not silent.running


def test_a_port_that_is_taken(in_english: None) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(StoryFlowerError, match="another program"):
        Ports(mlflow=taken.getsockname()[1]).chosen()
    (free,) = free_ports(1)
    assert Ports(mlflow=free).chosen().mlflow == free


def test_one_cluster_in_a_folder(tmp_path: Path, in_english: None) -> None:
    with pytest.raises(StoryFlowerError, match="no cluster of this folder is running"):
        running(tmp_path)
    with sole(tmp_path):
        with pytest.raises(StoryFlowerError, match="no cluster"):
            running(tmp_path)  # it is starting
        with pytest.raises(StoryFlowerError, match=f"process {os.getpid()}"), sole(tmp_path):
            pytest.fail("two clusters in one folder")
        announce(tmp_path, {"NAME": "value"})
        assert running(tmp_path).environment == {"NAME": "value"}
        assert (tmp_path / "running.json").stat().st_mode & 0o077 == 0
    with pytest.raises(StoryFlowerError, match="no cluster"):
        running(tmp_path)


def test_the_next_cluster_waits_until_the_programs_of_the_former_have_ended(tmp_path: Path) -> None:
    """Those of one whose foreground was killed: a keeper holds the lock."""
    with sole(tmp_path) as lock:
        program = Kept(python(tmp_path, "import time; time.sleep(3600)", held=(lock,)))
    with kept(python(tmp_path, "import time; time.sleep(1)")) as other:
        program._process.stdin.close()  # type: ignore[union-attr]  # as the system does when the foreground is killed
        with sole(tmp_path):
            assert not program.running
        other.end()
