"""Decisions from probabilities, chosen on the development split, and the comparison of systems over folds and seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.runs import Answers, Fold, Probabilities
from storyflower.evaluation.calibration import calibration_figures
from storyflower.evaluation.intervals import (
    RESAMPLES,
    SEED,
    Cells,
    Draws,
    Interval,
    bootstrap,
    macro_f1_of,
    percentile_interval,
)
from storyflower.evaluation.metrics import macro_f1
from storyflower.model.decision import decide, fit_label_weights

BLENDS = (0.3, 0.5, 0.7)
"""Weights of the fine-tuned model that are tried against those of the baseline."""

Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Marks:
    """A system on all folds, one after the other: its decisions by seed, and the mean calibration error.

    A baseline, which has no seed, has one row.
    """

    truth: Labels
    """(n,)"""
    predicted: NDArray[np.int64]
    """(seeds, n)"""
    ece: float
    """Expected calibration error of the probabilities, mean over the folds and seeds."""
    classes: int

    @property
    def accuracy(self) -> float:
        """Mean over the seeds."""
        return float((self.predicted == self.truth).mean())

    @property
    def macro_f1(self) -> NDArray[np.float64]:
        """(seeds,) over the examples of all folds together."""
        cells = Cells.counting(self.truth, *self.predicted)
        return _f1_by_seed(cells.counts[None].astype(np.float64), cells, self.classes)[0]


@dataclass(frozen=True)
class Gain:
    """The macro-F1 of one system less that of another, and its interval."""

    mean: float
    interval: Interval


def plain(answers: Answers, _fold: Fold) -> Labels:
    """The most probable label."""
    return answers.fold.argmax(axis=1)


def weighted(answers: Answers, fold: Fold) -> Labels:
    """The label that a model answers whose recipe decides by macro-F1, with weights of the development split."""
    return decide(answers.fold, _weights(answers, fold))


def blend(model: Answers, baseline: Answers, fold: Fold) -> Answers:
    """The weighted geometric mean of both probabilities, with the weight that is best on the development split."""

    def mixed(weight: float) -> Answers:
        return Answers(_mean(model.dev, baseline.dev, weight), _mean(model.fold, baseline.fold, weight))

    def on_dev(answers: Answers) -> float:
        decided = decide(answers.dev, _weights(answers, fold))
        return macro_f1(fold.dev_labels, decided)

    return max((mixed(weight) for weight in BLENDS), key=on_dev)


def marks_of(
    decisions: Sequence[Sequence[Labels]], answers: Sequence[Sequence[Answers]], folds: Sequence[Fold]
) -> Marks:
    """Join the folds.

    Args:
        decisions: for each seed, for each fold (n,) label ids.
        answers: for each seed, for each fold the probabilities.
        folds: their truth.
    """
    errors = [
        calibration_figures(a.fold, fold.labels).ece
        for of_seed in answers
        for a, fold in zip(of_seed, folds, strict=True)
    ]
    return Marks(
        truth=np.concatenate([fold.labels for fold in folds]),
        predicted=np.stack([np.concatenate(of_seed) for of_seed in decisions]),
        ece=float(np.mean(errors)),
        classes=len(folds[0].names),
    )


def gain(system: Marks, reference: Marks) -> Gain:
    """Paired bootstrap over the examples and over the seeds: both systems are resampled alike.

    Seeds are paired where both have several, so that the same seed means the same order of batches; a baseline stands
    against each of them. With few seeds the interval is too narrow by what few draws do not show.
    """
    ours, theirs = np.broadcast_arrays(*_levelled(system.predicted, reference.predicted))
    seeds = len(ours)
    cells = Cells.counting(system.truth, *ours, *theirs)

    def by_seed(draws: Draws) -> NDArray[np.float64]:
        found = _f1_by_seed(draws, cells, system.classes)
        return found[:, :seeds] - found[:, seeds:]

    resampled = bootstrap(cells, by_seed)
    chosen = np.random.default_rng(SEED).integers(0, seeds, (RESAMPLES, seeds))
    means = np.take_along_axis(resampled, chosen, axis=1).mean(axis=1)
    return Gain(float(by_seed(cells.counts[None].astype(np.float64)).mean()), percentile_interval(means))


def _levelled(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if len(ours) != len(theirs) and 1 not in (len(ours), len(theirs)):
        raise ValueError(f"{len(ours)} seeds cannot be paired with {len(theirs)}")
    return ours, theirs


def _f1_by_seed(draws: Draws, cells: Cells, classes: int) -> NDArray[np.float64]:
    """(b, m) macro-F1 of each of m columns of predictions."""
    truth, *columns = cells.ids.T
    return np.column_stack([macro_f1_of(draws, truth, column, classes) for column in columns])


def _weights(answers: Answers, fold: Fold) -> tuple[float, ...]:
    return fit_label_weights(answers.dev, fold.dev_labels, fold.train_labels)


def _mean(ours: Probabilities, theirs: Probabilities, weight: float) -> Probabilities:
    logs = weight * _log(ours) + (1 - weight) * _log(theirs)
    mixed = np.exp(logs - logs.max(axis=1, keepdims=True))
    return mixed / mixed.sum(axis=1, keepdims=True)


def _log(probabilities: Probabilities) -> Probabilities:
    return np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))
