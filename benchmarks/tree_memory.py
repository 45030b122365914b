"""The memory of this process and those it starts which the system cannot take back: anonymous and shared pages.

Pages of mapped files are left out: the system drops them when it needs the memory, and reads them again.
"""

import os
import resource
from pathlib import Path
from threading import Event, Thread
from typing import Self

_EVERY_S = 0.02
_COUNTED = ("RssAnon:", "RssShmem:")


class TreeMemory:
    """Samples the memory while its block lasts."""

    def __enter__(self) -> Self:
        self.start_mb = self.peak_mb = memory_mb()
        self._over = Event()
        self._thread = Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(_EVERY_S):
            self.peak_mb = max(self.peak_mb, memory_mb())


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
