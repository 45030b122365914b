"""Figures of parts of the examples: a mean over all of them may hide a group with a low accuracy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from storyflower.evaluation.intervals import LEVEL, Interval
from storyflower.evaluation.metrics import macro_f1

SPEAKER_COLUMNS = ("age", "gender", "situation")
"""Columns of the corpus that need not be there: 연령, 성별, 상황키워드."""
MOST_VALUES = 20
"""Values of a column that get a slice, the most frequent first."""
SMALL = 30
"""Below this many examples a slice is marked as small, because its figures are uncertain."""
LENGTH_BANDS = (16, 24, 32, 48, 64, 128, 256)
"""Upper bounds of the bands of token lengths, `[CLS]` and `[SEP]` included."""


@dataclass(frozen=True)
class Slice:
    """The figures of one part of the examples."""

    by: str
    """The criterion: a column of `SPEAKER_COLUMNS`, `length` or `truncated`."""
    value: str
    """The column's value; a band of tokens such as `17-24`; `whole` or `cut`."""
    n: int
    accuracy: float
    accuracy_interval: Interval
    """Wilson's score interval (Wilson 1927), which holds for few examples and for shares near 0 and 1."""
    macro_f1: float
    """Over the labels that occur in the part's truth."""
    small: bool
    """Whether there are fewer than `SMALL` examples."""


def measure_slices(
    examples: pd.DataFrame,
    predicted: NDArray[np.int64],
    lengths: NDArray[np.int64],
    truncated: NDArray[np.bool_],
) -> tuple[Slice, ...]:
    """Figures by speaker and situation (where the corpus has them), by length, and by truncation.

    Args:
        examples: n rows of a corpus: `label` (id), and those of `SPEAKER_COLUMNS` that there are; an example without a
            value is in no slice of that column.
        predicted: predicted ids (n,).
        lengths: tokens of each text (n,), after cutting.
        truncated: whether each text was cut (n,).
    """
    labels = examples["label"].to_numpy()
    by_truncation = (("truncated", "whole", ~truncated), ("truncated", "cut", truncated))
    parts = [*_by_speaker(examples), *_by_length(lengths), *(part for part in by_truncation if part[2].any())]
    return tuple(_measured(by, value, labels[part], predicted[part]) for by, value, part in parts)


Part = tuple[str, str, NDArray[np.bool_]]


def _by_speaker(examples: pd.DataFrame) -> Iterator[Part]:
    for column in SPEAKER_COLUMNS:
        if column in examples:
            values = examples[column]
            for value in values.value_counts().head(MOST_VALUES).index:
                yield column, str(value), (values == value).fillna(False).to_numpy(dtype=bool)


def _by_length(lengths: NDArray[np.int64]) -> Iterator[Part]:
    band_of = np.searchsorted(LENGTH_BANDS, lengths)
    for band in np.unique(band_of):
        low = LENGTH_BANDS[band - 1] + 1 if band else 1
        name = f"{low}-{LENGTH_BANDS[band]}" if band < len(LENGTH_BANDS) else f"{low}-"
        yield "length", name, band_of == band


def _measured(by: str, value: str, labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> Slice:
    n, right = len(labels), int((labels == predicted).sum())
    wilson = binomtest(right, n).proportion_ci(LEVEL, method="wilson")
    return Slice(
        by=by,
        value=value,
        n=n,
        accuracy=right / n,
        accuracy_interval=Interval(float(wilson.low), float(wilson.high), LEVEL),
        macro_f1=macro_f1(labels, predicted),
        small=n < SMALL,
    )
