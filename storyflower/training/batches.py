"""Labelled examples, and the order in which an epoch goes through them: a function of seed and epoch alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storyflower.text.tokens import TokenSequences


@dataclass(frozen=True, eq=False)
class LabelledTokens:
    """A split of the corpus: `n` token sequences and their labels.

    Raises:
        ValueError: there are no examples, or not as many labels as sequences.
    """

    tokens: TokenSequences
    labels: NDArray[np.int64]
    """(n,) label ids."""

    def __post_init__(self) -> None:
        if len(self.tokens) != len(self.labels) or not len(self.labels):
            raise ValueError(f"{len(self.tokens)} token sequences and {len(self.labels)} labels")


def epoch_seed(seed: int, epoch: int) -> int:
    """The seed (64 bits) of everything random in one epoch, so that an epoch can be run without the ones before it."""
    return int(np.random.SeedSequence((seed % 2**64, epoch)).generate_state(1, np.uint64)[0])


def stratified_batches(
    lengths: NDArray[np.int64], batch_size: int, *, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """Every example once, in batches that are random and yet hold nearly the same number of tokens each.

    The examples are sorted by length, cut into `batch_size` strata, shuffled within them, and each batch takes one
    from each. What does not fill a batch makes a smaller, last one.

    Args:
        lengths: (n,) tokens of each example, n >= 1.
        batch_size: examples a batch, >= 1.
        seed: of the whole training.
        epoch: from 1.

    Returns:
        ceil(n / batch_size) arrays of example indices.
    """
    draw = np.random.default_rng(epoch_seed(seed, epoch))
    full, left_over = divmod(len(lengths), batch_size)
    # Which strata are one longer, and so feed the last batch, is drawn too: else only the shortest would stand there.
    sizes = full + (draw.permutation(batch_size) < left_over)
    # Shuffled first: a stable sort then spreads examples of one length over the strata differently each time.
    shuffled = draw.permutation(len(lengths))
    by_length = shuffled[np.argsort(lengths[shuffled], kind="stable")]
    strata = [draw.permutation(stratum) for stratum in np.split(by_length, np.cumsum(sizes)[:-1])]
    batches = [np.array([stratum[i] for stratum in strata if i < len(stratum)]) for i in range(full + 1)]
    return [batch for batch in batches if len(batch)]
