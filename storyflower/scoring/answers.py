"""Answers as the columns that are added to an input."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
import numpy.typing as npt

from storyflower.data.headers import spelling
from storyflower.messages import say
from storyflower.model.decision import confidence_of, decide, is_unsure, runners_up
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


def added_kinds(labels: Sequence[str], options: ScoreOptions) -> tuple[type, ...]:
    """The types of the values under `added_columns`."""
    unsure = [bool] if options.threshold is not None else []
    return (str, float, str, *unsure, *([float] * len(labels) if options.all_labels else []))


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to n texts."""

    probabilities: Probabilities
    labels: tuple[str, ...]
    threshold: float | None
    label_weights: tuple[float, ...] = ()
    """By which labels are preferred, see `decide`."""

    @cached_property
    def best(self) -> npt.NDArray[np.int64]:
        """Ids of the answered labels (n,); without label weights the most probable ones."""
        return decide(self.probabilities, self.label_weights)

    @cached_property
    def confidence(self) -> npt.NDArray[np.float64]:
        """Probabilities of the answered labels (n,)."""
        return confidence_of(self.probabilities, self.best)

    @cached_property
    def unsure(self) -> npt.NDArray[np.bool_]:
        """Whether the confidence is below the threshold (n,)."""
        return is_unsure(self.confidence, self.threshold)

    @cached_property
    def second(self) -> npt.NDArray[np.int64]:
        """Ids of the labels that come next (n,); without label weights the second most probable ones."""
        return runners_up(self.probabilities, self.best, self.label_weights)

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
