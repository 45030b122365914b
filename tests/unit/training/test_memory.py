import json
import platform
import subprocess
import sys

import pytest

# A process of its own: what other tests allocated, or changed in the C library and in PyTorch, would be counted too.
# The first rounds within are not counted: an aligned block does not fit where an equal one was until its neighbours
# are free as well.
COUNT_FAULTS = """
import json, resource, torch
from storyflower.training.memory import keeping_freed_memory

def faults(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        torch.ones(12 * 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

counts = {"before": faults(8)}
with keeping_freed_memory():
    faults(24)
    counts["within"] = faults(8)
counts["after"] = faults(8)
print(json.dumps(counts))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library is left as it is")
def test_memory_that_was_freed_is_not_faulted_in_again():
    """48 MB given back to the system cost a fault for each of their pages in every round, however large a page is."""
    counts = json.loads(subprocess.check_output([sys.executable, "-c", COUNT_FAULTS]))
    assert counts["within"] < counts["before"] / 10
    assert counts["within"] < counts["after"] / 10
