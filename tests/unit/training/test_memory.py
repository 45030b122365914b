import platform
import resource
from collections.abc import Callable

import pytest
import torch

from storyflower.training.memory import keeping_freed_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library is left as it is")
def test_memory_that_was_freed_is_not_faulted_in_again():
    """48 MB are 12,288 pages: given back to the system, they cost as many faults in the next round."""
    assert faults(in_rounds) > 10_000
    with keeping_freed_memory():
        in_rounds()
        assert faults(in_rounds) < 1_000
    assert faults(in_rounds) > 10_000


def in_rounds() -> None:
    for _ in range(3):
        torch.ones(12 * 2**20)


def faults(work: Callable[[], None]) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
