"""Labelled examples and their order in an epoch, which is a function of seed and epoch alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storyflower.text.tokens import TokenSequences


@dataclass(frozen=True, eq=False)
class LabelledTokens:
    """A split of the corpus: `n` token sequences and their labels.

    Raises:
        ValueError: there are no examples, or not as many labels or targets as sequences.
    """

    tokens: TokenSequences
    labels: NDArray[np.int64]
    """(n,) label ids."""
    targets: NDArray[np.float32] | None = None
    """(n, classes) distributions over the labels, which training learns in their place; None: the labels themselves."""

    def __post_init__(self) -> None:
        if len(self.tokens) != len(self.labels) or not len(self.labels):
            raise ValueError(f"{len(self.tokens)} token sequences and {len(self.labels)} labels")
        if self.targets is not None and len(self.targets) != len(self.labels):
            raise ValueError(f"{len(self.targets)} targets and {len(self.labels)} labels")


def epoch_seed(seed: int, epoch: int) -> int:
    """The seed (64 bits) of all random numbers of an epoch, which makes it independent of the epochs before."""
    return int(np.random.SeedSequence((seed % 2**64, epoch)).generate_state(1, np.uint64)[0])


def stratified_batches(lengths: NDArray[np.int64], batch_size: int, *, seed: int, epoch: int) -> NDArray[np.int64]:
    """Every example once, in random batches of nearly the same number of tokens.

    The examples are sorted by length, cut into as many strata as a batch has rows, and shuffled within the strata;
    each batch takes one example from each stratum.

    Args:
        lengths: (n,) tokens of each example, n >= 1.
        batch_size: examples a batch, >= 1; with fewer examples than that, one batch holds them all.
        seed: of the whole training.
        epoch: from 1.

    Returns:
        (ceil(n / rows), rows) example indices, rows = min(n, batch_size): in column i those of the i-th stratum, from
        the shortest to the longest; in the last row -1 for strata that are used up.
    """
    rows = min(len(lengths), batch_size)
    draw = np.random.default_rng(epoch_seed(seed, epoch))
    full, left_over = divmod(len(lengths), rows)
    # The strata that are one longer fill the last batch; they are drawn at random, or it would hold the shortest texts.
    sizes = full + (draw.permutation(rows) < left_over)
    # Shuffled first: a stable sort then spreads examples of one length over the strata differently each time.
    shuffled = draw.permutation(len(lengths))
    by_length = shuffled[np.argsort(lengths[shuffled], kind="stable")]
    batches = np.full((full + (left_over > 0), rows), -1, np.int64)
    for i, stratum in enumerate(np.split(by_length, np.cumsum(sizes)[:-1])):
        batches[: len(stratum), i] = draw.permutation(stratum)
    return batches


def stratum_bounds(lengths: NDArray[np.int64], batch_size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The shortest and the longest text that each stratum can contain for any seed; (rows,) tokens each."""
    rows = min(len(lengths), batch_size)
    full, left_over = divmod(len(lengths), rows)
    by_length, stratum = np.sort(lengths), np.arange(rows)
    # Before stratum i are between max(0, left_over - (rows - i)) and min(i, left_over) strata that are one longer.
    first = stratum * full + np.maximum(0, left_over - (rows - stratum))
    end = (stratum + 1) * full + np.minimum(stratum + 1, left_over)
    return by_length[first], by_length[end - 1]
