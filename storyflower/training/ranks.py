"""Which of several processes this is, when they train one model together."""

from dataclasses import dataclass

import numpy as np
import torch.distributed
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Ranks:
    """This process among those that train together; alone, it talks to nobody."""

    index: int = 0
    count: int = 1

    def total(self, sums: Tensor) -> list[float]:
        """The sum over all ranks of a small tensor; every rank must ask for it."""
        whole = sums.clone()
        if self.count > 1:
            torch.distributed.all_reduce(whole)
        found: list[float] = whole.tolist()
        return found

    def estimate(self, sums: Tensor) -> list[float]:
        """What the sum over all ranks may be, going by this one's share alone."""
        found: list[float] = (sums * self.count).tolist()
        return found

    def joined(self, mine: NDArray[np.float32], n: int) -> NDArray[np.float32]:
        """(n, c) rows of which rank i has every `count`-th from i; every rank must ask for it."""
        if self.count == 1:
            return mine
        parts: list[NDArray[np.float32]] = [mine] * self.count
        torch.distributed.all_gather_object(parts, mine)
        whole = np.empty((n, mine.shape[1]), np.float32)
        for i, part in enumerate(parts):
            whole[i :: self.count] = part
        return whole


ALONE = Ranks()
