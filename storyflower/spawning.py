"""The import path and the environment of processes that are spawned."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_REPORTS = {
    "DO_NOT_TRACK": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
"""Environment in which libraries send no usage reports."""
TORCH_MEMORY = {
    "THP_MEM_ALLOC_ENABLE": "1",
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64",
    "LRU_CACHE_CAPACITY": "64",
}
"""Large pages, of which there are fewer to find on the CPU; and fewer kernels that are kept.

oneDNN and PyTorch's layer above it each keep 1,024 kernels by the shapes that they were made for. In bf16 nearly every
batch has a shape of its own: in 240 batches a process grew by 360 MB, and with 64 kernels by 20 and no more.
"""
TORCH_WAITING = {"OMP_WAIT_POLICY": "active", "GOMP_SPINCOUNT": "1000"}
"""An OpenMP thread that waits for the others spins for 1,000 rounds and then sleeps.

libgomp's own default spins longer than a time slice of the system lasts: beside busy processes a training then runs at
a hundredth of its pace (`benchmarks/waiting.py`, docs/log.md). Waiting "actively" makes these 1,000 hold: once two
threads of a process compute, libgomp counts more threads than cores and by default lets each spin only 100 rounds.
"""
_PACKAGE_PARENT = str(Path(__file__).parents[1])


@contextmanager
def this_package_first() -> Iterator[None]:
    """Let processes that are spawned within the block import the package that spawns them.

    They inherit `sys.path`, in front of which MLflow puts the part of this package that a registered model carries.
    """
    sys.path.insert(0, _PACKAGE_PARENT)
    try:
        yield
    finally:
        sys.path.remove(_PACKAGE_PARENT)
