"""Whether the process that began some work is still there: known by more than its number, which is given again."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

COMMAND_VARIABLE = "STORYFLOWER_COMMAND"
"""What a command starts, such as Prefect's temporary server, carries the command's mark in this variable."""

_PROC = Path("/proc")
_EPHEMERAL_SERVER = "prefect.server.api.server:create_app"
_EPHEMERAL_VARIABLE = "PREFECT__SERVER_EPHEMERAL=1"
_ENDED_STATES = "ZXx"
_STATE, _START = 0, 19  # fields of /proc/PID/stat after the name: man 5 proc


@dataclass(frozen=True)
class ProcessMark:
    """A process of one machine: host name, process id, and when it began (ticks since a boot, and which boot)."""

    host: str
    pid: int
    began: str
    """Empty where the system does not tell it."""

    @classmethod
    def parse(cls, text: str) -> "ProcessMark":
        """The mark that `str(mark)` gives.

        Raises:
            ValueError: it is none.
        """
        host, pid, began = text.rsplit("/", 2)
        return cls(host, int(pid), began)

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.began}"

    def has_ended(self) -> bool | None:
        """Whether the process is gone; None where that cannot be told from here."""
        if self.host != platform.node() or os.name != "posix":  # on Windows, `os.kill` would end what it asks for
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # there is one, of another user: it may be another one
        if not self.began:
            return None
        fields = _fields(self.pid)
        if fields is None:
            return None
        return fields[_STATE] in _ENDED_STATES or _began(fields) != self.began


def this_process() -> ProcessMark:
    """The mark of the process that asks."""
    fields = _fields(os.getpid())
    return ProcessMark(platform.node(), os.getpid(), _began(fields) if fields else "")


def mark_what_this_command_starts() -> None:
    """From now on, let every process that this one starts carry its mark."""
    os.environ[COMMAND_VARIABLE] = str(this_process())


def orphaned_servers() -> list[int]:
    """Process ids of Prefect's temporary servers whose command is gone; none where the system has no `/proc`.

    A command that ends, even by an error or Ctrl-C, stops its server; only SIGKILL leaves it.
    """
    return [int(entry.name) for entry in sorted(_PROC.glob("[0-9]*")) if _is_orphaned_server(entry)]


def _is_orphaned_server(entry: Path) -> bool:
    try:
        if entry.stat().st_uid != os.getuid() or _EPHEMERAL_SERVER not in _text(entry / "cmdline"):
            return False
        variables = _text(entry / "environ").split("\0")
    except OSError:
        return False  # it has ended meanwhile
    marks = [text.partition("=")[2] for text in variables if text.startswith(f"{COMMAND_VARIABLE}=")]
    return _EPHEMERAL_VARIABLE in variables and any(ProcessMark.parse(mark).has_ended() for mark in marks)


def _fields(pid: int) -> list[str] | None:
    """What /proc/PID/stat says after the process's name, which may hold any character."""
    try:
        return _text(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    except OSError:
        return None


def _text(file: Path) -> str:
    """A file of `/proc`. Names, arguments and variables of a process are any bytes, not UTF-8 alone."""
    return file.read_text("utf-8", errors="replace")


def _began(fields: list[str]) -> str:
    boot = (_PROC / "sys/kernel/random/boot_id").read_text("utf-8").strip()
    return f"{boot}:{fields[_START]}"
