"""Whether the process that began some work still runs, identified by its id and start time, since ids are reused."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

COMMAND_VARIABLE = "STORYFLOWER_COMMAND"
"""The variable with a command's mark in the processes that it starts, such as Prefect's temporary server."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TICKS_PER_SECOND = 100
_EPHEMERAL_SERVER = "prefect.server.api.server:create_app"
_EPHEMERAL_VARIABLE = "PREFECT__SERVER_EPHEMERAL"
_ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


@dataclass(frozen=True)
class ProcessMark:
    """A process of one machine: host name, process id, and when it began.

    began: on Linux the id of the boot and the hundredths of a second since it, which a change of the clock leaves as
        they are; elsewhere the time that the system gives. Empty where the system gives none.
    """

    host: str
    pid: int
    began: str

    @classmethod
    def parse(cls, text: str) -> "ProcessMark":
        """The mark that `str(mark)` gives.

        Raises:
            ValueError: the text is not a mark.
        """
        host, pid, began = text.rsplit("/", 2)
        return cls(host, int(pid), began)

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.began}"

    def has_ended(self) -> bool | None:
        """Whether the process is gone; None where this machine cannot know it."""
        if self.host != platform.node():
            return None
        try:
            process = psutil.Process(self.pid)
            if not self.began:
                return None
            return process.status() in _ENDED or _began(process) != self.began
        except psutil.NoSuchProcess:
            return None if _is_hidden(self.pid) else True
        except psutil.AccessDenied:
            return None


def this_process() -> ProcessMark:
    """The mark of the running process."""
    return ProcessMark(platform.node(), os.getpid(), _began(psutil.Process()))


def mark_what_this_command_starts() -> None:
    """From now on, let every process that this one starts carry its mark."""
    os.environ[COMMAND_VARIABLE] = str(this_process())


def orphaned_servers() -> list[int]:
    """Process ids of the user's temporary Prefect servers whose command is gone.

    A command that ends, even by an error or Ctrl-C, stops its server; only SIGKILL leaves it.
    """
    return [process.pid for process in psutil.process_iter() if _is_orphaned_server(process)]


def _is_orphaned_server(process: psutil.Process) -> bool:
    try:
        is_server = process.username() == psutil.Process().username() and _EPHEMERAL_SERVER in process.cmdline()
        variables = process.environ() if is_server else {}
    except psutil.Error:
        return False  # it has ended meanwhile, or is not to be looked into
    mark = variables.get(COMMAND_VARIABLE)
    return variables.get(_EPHEMERAL_VARIABLE) == "1" and mark is not None and bool(ProcessMark.parse(mark).has_ended())


def _is_hidden(pid: int) -> bool:
    """Whether the process runs and the system shows it to its own user alone (`hidepid` of Linux's `/proc`)."""
    if os.name != "posix":  # on Windows `os.kill` would end the process
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return False


def _began(process: psutil.Process) -> str:
    if not _BOOT_ID.exists():
        return str(process.create_time())
    ticks = round((process.create_time() - psutil.boot_time()) * _TICKS_PER_SECOND)
    return f"{_BOOT_ID.read_text('utf-8').strip()}:{ticks}"
