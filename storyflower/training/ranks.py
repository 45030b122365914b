"""The ranks of a training: one process each, which train one model together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch.distributed
from numpy.typing import NDArray
from torch import Tensor

T = TypeVar("T")


@dataclass(frozen=True)
class Ranks:
    """The number of this process, and how many train together; a single process does not communicate."""

    index: int = 0
    count: int = 1

    def total(self, sums: Tensor) -> list[float]:
        """The sum of a small tensor over all ranks; every rank must call this."""
        whole = sums.clone()
        if self.count > 1:
            torch.distributed.all_reduce(whole)
        found: list[float] = whole.tolist()
        return found

    def estimate(self, sums: Tensor) -> list[float]:
        """An estimate of the sum over all ranks, from this rank's tensor alone."""
        found: list[float] = (sums * self.count).tolist()
        return found

    def joined(self, mine: NDArray[np.float32], n: int) -> NDArray[np.float32]:
        """(n, c) rows of which rank i holds every `count`-th from i; every rank must call this."""
        if self.count == 1:
            return mine
        parts: list[NDArray[np.float32]] = [mine] * self.count
        torch.distributed.all_gather_object(parts, mine)
        whole = np.empty((n, mine.shape[1]), np.float32)
        for i, part in enumerate(parts):
            whole[i :: self.count] = part
        return whole

    def shared(self, make: Callable[[], T]) -> T:
        """What `make` returns in rank 0, the only one that calls it; every rank must call this.

        It must be picklable. The other ranks wait until rank 0 has made it.
        """
        held: list[T | None] = [make() if self.index == 0 else None]
        if self.count > 1:
            torch.distributed.broadcast_object_list(held, src=0)
        found: T = held[0]  # type: ignore[assignment]
        return found


ALONE = Ranks()
