"""The choice of the best of several recipes by cross-validation, and how optimistic its score is."""

from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

TrialState = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class TrialScore:
    """A trial of a sweep that has ended."""

    number: int
    """From 1, in the order in which they were first proposed."""
    state: TrialState
    """`pruned`: ended early, because trials before it were better; `failed`: refused with an error."""
    values: dict[str, Any]
    """Of the varied fields, by dotted name."""
    folds: tuple[float, ...] = ()
    """Macro-F1 (0 to 1) on each fold; none unless complete."""
    reason: str = ""
    """Why it failed."""

    @property
    def score(self) -> float | None:
        """Mean macro-F1 over the folds; None unless complete."""
        return fmean(self.folds) if self.folds else None


@dataclass(frozen=True)
class Finalist:
    """One of the best trials, trained with more seeds."""

    number: int
    """Of the trial."""
    seeds: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]
    """(seeds, folds) macro-F1."""

    @property
    def score(self) -> float:
        """Mean over seeds and folds."""
        return fmean(score for of_seed in self.scores for score in of_seed)

    @property
    def of_seeds(self) -> tuple[float, ...]:
        """Mean over the folds, for each seed."""
        return tuple(map(fmean, self.scores))


@dataclass(frozen=True)
class Selection:
    """The trials of a sweep, and the choice among them."""

    folds: int
    trials: tuple[TrialScore, ...]
    """By number."""
    finalists: tuple[Finalist, ...]
    """By falling score; the first one is chosen."""
    optimism: float | None
    """See `selection_optimism`."""
    importance: dict[str, float]
    """Share of the differences between the trials that each varied field accounts for; none for very few trials."""

    @property
    def winner(self) -> Finalist:
        """The finalist with the highest score."""
        return self.finalists[0]

    @property
    def expected(self) -> float:
        """The winner's score less the optimism of the choice, as far as that could be estimated."""
        return self.winner.score - (self.optimism or 0.0)

    def counted(self, state: TrialState) -> int:
        """How many trials ended in a state."""
        return sum(trial.state == state for trial in self.trials)

    def to_json(self) -> dict[str, Any]:
        """The figures as plain dicts, lists and numbers."""
        derived = {"score": self.winner.score, "expected": self.expected, "winner": self.winner.number}
        return asdict(self) | derived


def selection_optimism(scores: NDArray[np.float64]) -> float | None:
    """By how much the mean score of the best of n recipes exceeds what it would have on other texts.

    The choice is repeated for each fold with the other folds alone, and the chosen recipe is scored on the fold left
    out; the difference of both scores, each less the mean of all recipes on the same folds, is averaged over the folds.
    A choice by fewer folds is a little more optimistic than the one that is made, so the estimate is an upper one.

    Args:
        scores: (n, folds).

    Returns:
        The optimism, at least 0; None for fewer than two recipes or folds.
    """
    recipes, folds = scores.shape
    if recipes < 2 or folds < 2:
        return None
    centred = scores - scores.mean(axis=0)
    differences = []
    for left_out in range(folds):
        others = np.delete(centred, left_out, axis=1).mean(axis=1)
        chosen = int(others.argmax())
        differences.append(others[chosen] - centred[chosen, left_out])
    return max(0.0, float(np.mean(differences)))


@dataclass(frozen=True)
class Choice:
    """How a recipe was chosen by a sweep, as it is noted in the card of its model."""

    trials: int
    """That the sweep made, pruned and failed ones included."""
    folds: int
    seeds: int
    """With which the chosen recipe was trained on every fold."""
    score: float
    """Mean macro-F1 over seeds and folds, 0 to 1."""
    expected: float
    """The same less the optimism of the choice."""
    optimism: float | None
    """See `selection_optimism`."""

    @classmethod
    def of(cls, selection: Selection) -> "Choice":
        """The choice that a sweep made."""
        winner = selection.winner
        return cls(
            trials=len(selection.trials),
            folds=selection.folds,
            seeds=len(winner.seeds),
            score=winner.score,
            expected=selection.expected,
            optimism=selection.optimism,
        )


CHOICE = TypeAdapter(Choice)
"""Reads and writes the record of a choice."""
