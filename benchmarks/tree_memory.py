"""The memory of this process and those it starts which the system cannot take back: anonymous and shared pages.

Pages of mapped files are left out: the system drops them when it needs the memory, and reads them again.
"""

import os
import resource
from pathlib import Path

_COUNTED = ("RssAnon:", "RssShmem:")


def memory_mb() -> float:
    """Megabytes that this process and those below it hold now."""
    return sum(_held(process) for process in _tree(os.getpid())) / 1e6


def limit_memory(beyond_mb: int) -> None:
    """Let this process, and each that it starts, allocate no more than so many MB beyond what it has now.

    It bounds the private memory that may be written, in use or not; mapped files and other address space do not count.
    """
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    now = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
    resource.setrlimit(resource.RLIMIT_DATA, (now + beyond_mb * 1_000_000, resource.RLIM_INFINITY))


def _tree(process: int) -> list[int]:
    found = [process]
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            below = children.read_text("ascii").split()
        except OSError:  # the thread has ended
            continue
        for child in below:
            found += _tree(int(child))
    return found


def _held(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    except OSError:  # the process has ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in status if line.startswith(_COUNTED))
