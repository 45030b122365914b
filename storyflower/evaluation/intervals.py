"""Bootstrap intervals of accuracy and macro-F1 over the examples.

Accuracy, recall and macro-F1 depend on the examples only through how many stand in each cell (true label, predicted
label). Drawing n examples with replacement gives the cells multinomial counts, so the counts themselves are drawn: the
very distribution of the bootstrap over rows (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapters 6
and 13), at a cost that depends on the number of cells and not on n.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storyflower.evaluation.metrics import Evaluation

LEVEL = 0.95
RESAMPLES, SEED = 5_000, 2026
_BLOCK = 500
"""Resamples drawn at once: with sixty labels there are thousands of cells."""

Draws = NDArray[np.float64]
"""Counts (resamples, k) of the k cells; floats, because that is what matrix products are fast with."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval at `level`, in the unit of its figure."""

    low: float
    high: float
    level: float = LEVEL


@dataclass(frozen=True)
class ScoreIntervals:
    """Intervals of the two headline figures (0 to 1)."""

    accuracy: Interval
    macro_f1: Interval


@dataclass(frozen=True, eq=False)
class Cells:
    """Examples counted by their combination of label ids."""

    ids: NDArray[np.int64]
    """(k, m): the distinct combinations of m label ids, such as (true, predicted)."""
    counts: NDArray[np.int64]
    """(k,): examples with each combination."""

    @classmethod
    def counting(cls, *columns: NDArray[np.int64]) -> "Cells":
        """The cells of n examples, given m columns of ids (n,)."""
        ids, counts = np.unique(np.column_stack(columns), axis=0, return_counts=True)
        return cls(ids, counts)


def score_intervals(evaluation: Evaluation) -> ScoreIntervals:
    """Percentile intervals of accuracy and macro-F1; the same evaluation always gives the same ones.

    A model without a single mistake gets an interval without width: no resample of right answers holds a wrong one.
    """
    confusion = np.array(evaluation.confusion)
    cells = Cells(np.argwhere(confusion > 0), confusion[confusion > 0])
    truth, predicted = cells.ids.T
    right = (truth == predicted).astype(np.float64)

    def scores(draws: Draws) -> NDArray[np.float64]:
        f1 = macro_f1_of(draws, truth, predicted, len(confusion))
        return np.column_stack([draws @ right / evaluation.n, f1])

    accuracy, macro_f1 = bootstrap(cells, scores).T
    return ScoreIntervals(percentile_interval(accuracy), percentile_interval(macro_f1))


def bootstrap(cells: Cells, statistic: Callable[[Draws], NDArray[np.float64]]) -> NDArray[np.float64]:
    """`statistic` (b, …) of `RESAMPLES` resamples of the examples in the cells, seeded."""
    random, n = np.random.default_rng(SEED), int(cells.counts.sum())
    blocks = (random.multinomial(n, cells.counts / n, size=_BLOCK) for _ in range(RESAMPLES // _BLOCK))
    return np.concatenate([statistic(block.astype(np.float64)) for block in blocks])


def percentile_interval(values: NDArray[np.float64]) -> Interval:
    """The middle `LEVEL` of a bootstrap distribution (r,)."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def macro_f1_of(
    draws: Draws, truth: NDArray[np.int64], predicted: NDArray[np.int64], n_classes: int
) -> NDArray[np.float64]:
    """Macro-F1 (resamples,) of each draw, over the labels that occur in its truth: see `metrics.macro_f1`.

    scikit-learn takes one draw a call: 5,000 weighted calls took 87 s for 6 labels (this 0.1 s), and 59 s for 60
    labels (this 4 s). A parity test compares the two.

    Args:
        draws: counts (resamples, k).
        truth: the cells' true ids (k,).
        predicted: the cells' predicted ids (k,).
        n_classes: size of the label map.
    """
    hits = label_counts(draws, np.where(truth == predicted, truth, n_classes), n_classes)
    support = label_counts(draws, truth, n_classes)
    f1 = 2 * hits / np.maximum(support + label_counts(draws, predicted, n_classes), 1)
    mean: NDArray[np.float64] = f1.sum(axis=1) / (support > 0).sum(axis=1)
    return mean


def label_counts(draws: Draws, ids: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """How many examples of each draw have each id, (resamples, n_classes); an id of `n_classes` is counted nowhere."""
    counts: NDArray[np.float64] = draws @ np.eye(n_classes + 1)[ids][:, :n_classes]
    return counts
