"""Whether the process that began some work still runs, identified by its id and start time, since ids are reused.

A process id means something in one process namespace of one running kernel only. Host names do not tell these apart:
machines made from one image and the containers of a machine may share a name, and containers share or lack the id of
the machine. A mark therefore contains the id of the boot, the machine's id and the number of the namespace, and a
process is looked up only where all of them are the same.
"""

import hashlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

COMMAND_VARIABLE = "STORYFLOWER_COMMAND"
"""The variable with a command's mark in the processes that it starts, such as Prefect's temporary server."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MACHINE_ID = Path("/etc/machine-id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")
_INITIAL_NAMESPACE = 4_026_531_836
"""The number of the namespace in which a Linux kernel starts: the same on every machine. Containers have others."""
_TICKS_PER_SECOND = 100
_EPHEMERAL_SERVER = "prefect.server.api.server:create_app"
_EPHEMERAL_VARIABLE = "PREFECT__SERVER_EPHEMERAL"
_ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


@dataclass(frozen=True)
class ProcessMark:
    """A process of one machine: host name, process id, when it began, and where its id is valid.

    began: on Linux the id of the boot and the hundredths of a second since it, which a change of the clock leaves as
        they are; elsewhere the time that the system gives. Empty where the system gives none.
    system: on Linux the digest of the machine's id, if it has one, and the number of the process namespace. Empty
        elsewhere, and in the marks of earlier releases, which are compared by host name.
    """

    host: str
    pid: int
    began: str
    system: str = ""

    @classmethod
    def parse(cls, text: str) -> "ProcessMark":
        """The mark that `str(mark)` gives.

        Raises:
            ValueError: the text is not a mark.
        """
        place, pid, began = text.rsplit("/", 2)
        host, _, system = place.partition("@")
        return cls(host, int(pid), began, system)

    def __str__(self) -> str:
        place = f"{self.host}@{self.system}" if self.system else self.host
        return f"{place}/{self.pid}/{self.began}"

    @property
    def boot(self) -> str:
        """The id of the boot; elsewhere than on Linux not one of its own."""
        return self.began.partition(":")[0]

    def has_ended(self) -> bool | None:
        """Whether the process is gone; None where this process cannot know it: on another machine or in a container."""
        if not self.system:
            return _is_gone(self.pid, self.began) if self.host == platform.node() else None
        here = this_process()
        if self.boot == here.boot:
            return _is_gone(self.pid, self.began) if self.system == here.system else None
        machine, namespace = _split(self.system)
        restarted = bool(machine) and namespace == _INITIAL_NAMESPACE
        return True if restarted and (self.system, self.host) == (here.system, here.host) else None


def this_process() -> ProcessMark:
    """The mark of the running process."""
    return ProcessMark(platform.node(), os.getpid(), _began(psutil.Process()), _system())


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


def _is_gone(pid: int, began: str) -> bool | None:
    """Whether a process of this namespace has ended; None where the system does not show it."""
    try:
        process = psutil.Process(pid)
        if not began:
            return None
        return process.status() in _ENDED or _began(process) != began
    except psutil.NoSuchProcess:
        return None if _is_hidden(pid) else True
    except psutil.AccessDenied:
        return None


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


def _system() -> str:
    """The digest of the machine's id, which is not to be made known itself, and the number of the process namespace."""
    try:
        namespace = _PID_NAMESPACE.stat().st_ino
    except OSError:
        return ""
    try:
        machine = _MACHINE_ID.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        machine = ""
    digest = hashlib.sha256(f"storyflower {machine}".encode()).hexdigest()[:16] if machine else ""
    return f"{digest}.{namespace}"


def _split(system: str) -> tuple[str, int | None]:
    """The parts of a mark's `system`: the digest, empty where the machine has no id, and the namespace."""
    machine, _, namespace = system.partition(".")
    return machine, int(namespace) if namespace.isdecimal() else None
