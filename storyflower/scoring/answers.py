"""Answers as the columns that are added to an input."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
import numpy.typing as npt

from storyflower.data.headers import spelling
from storyflower.messages import say
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.shards import Probabilities

SHOWN_DECIMALS = 6
"""Of probabilities in workbooks and CSV files; Parquet holds them whole."""


def added_columns(existing: Sequence[str], labels: Sequence[str], options: ScoreOptions) -> tuple[str, ...]:
    """Emotion, confidence and second emotion; with a threshold whether it is unsure; on demand every label.

    Where the input has a column of such a title, all added ones get the same number: `감정 (2)`.
    """
    titles = [say("score.label"), say("score.confidence"), say("score.second")]
    titles += [say("score.unsure")] if options.threshold is not None else []
    titles += list(labels) if options.all_labels else []
    taken = {spelling(title) for title in existing}
    for number in count(1):
        numbered = titles if number == 1 else [f"{title} ({number})" for title in titles]
        if not taken.intersection(map(spelling, numbered)):
            return tuple(numbered)
    raise AssertionError("the numbers do not end")


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to n texts."""

    probabilities: Probabilities
    labels: tuple[str, ...]
    threshold: float | None

    @cached_property
    def best(self) -> npt.NDArray[np.int64]:
        """Ids of the most probable labels (n,); of equal ones the first."""
        best: npt.NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return best

    @cached_property
    def confidence(self) -> npt.NDArray[np.float64]:
        """Probabilities of the most probable labels (n,)."""
        confidence: npt.NDArray[np.float64] = self.probabilities.max(axis=1, initial=0.0)
        return confidence

    @cached_property
    def unsure(self) -> npt.NDArray[np.bool_]:
        """Whether the confidence is below the threshold (n,)."""
        return self.confidence < (self.threshold or 0.0)

    @cached_property
    def second(self) -> npt.NDArray[np.int64]:
        """Ids of the second most probable labels (n,)."""
        others = self.probabilities.copy()
        others[np.arange(len(others)), self.best] = -1.0
        second: npt.NDArray[np.int64] = others.argmax(axis=1)
        return second

    def columns(self, options: ScoreOptions) -> list[list[object]]:
        """The values under `added_columns`, a list of n for each: texts, floats, and a bool for unsure."""
        found: list[list[object]] = [
            [self.labels[i] for i in self.best],
            self.confidence.tolist(),
            [self.labels[i] for i in self.second],
        ]
        found += [self.unsure.tolist()] if options.threshold is not None else []
        found += [self.probabilities[:, i].tolist() for i in range(len(self.labels))] if options.all_labels else []
        return found
