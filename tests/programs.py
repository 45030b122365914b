"""Programs that tests start: servers, workers, and whatever else goes on beside a test."""

import os
import signal
import subprocess
from pathlib import Path

from tests.waiting import until

ROOT = Path(__file__).resolve().parents[1]


def launch(command: list[str], log: Path, env: dict[str, str], cwd: Path = ROOT) -> subprocess.Popen[bytes]:
    """Start a server in a process group of its own; what it writes goes to `log`, and `stop` ends it."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def wait_for_line(text: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the log of a server contains a text."""

    def logged() -> bool:
        assert process.poll() is None, f"the server ended:\n{read(log)}"
        return text in read(log)

    until(logged, lambda: f"no {text!r} in the log:\n{read(log)}")


def read(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")
