"""The import path of processes that are spawned."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
