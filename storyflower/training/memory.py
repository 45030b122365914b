"""Settings of the C library for the memory that a training on the CPU frees."""

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

# mallopt(3). A negative threshold switches trimming off.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_KEEP = {_TRIM_THRESHOLD: -1, _TOP_PAD: 256 * 2**20, _MMAP_MAX: 0}
_DEFAULT = {_TRIM_THRESHOLD: 128 * 2**10, _TOP_PAD: 128 * 2**10, _MMAP_MAX: 65536}


@contextmanager
def keeping_freed_memory() -> Iterator[None]:
    """Within the block, the process keeps the memory that a step frees, for the next step; it is released at the end.

    Every step allocates and frees the same hundreds of megabytes; glibc returns them to the system each time, which
    costs thousands of page faults a step (docs/log.md). With another C library nothing is changed.
    """
    if platform.libc_ver()[0] != "glibc":
        yield
        return
    library = ctypes.CDLL(None)
    for parameter, value in _KEEP.items():
        library.mallopt(parameter, value)
    try:
        yield
    finally:
        for parameter, value in _DEFAULT.items():
            library.mallopt(parameter, value)
        library.malloc_trim(0)
