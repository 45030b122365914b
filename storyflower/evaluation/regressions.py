"""The regressions of the baseline: one over all labels, one for each of many, or over groups and within each group."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight

C, MAX_ITERATIONS = 4.0, 1000  # chosen together with the n-grams: see `baseline`
SOLVER = "newton-cg"
"""Gets nearer to the optimum than the default `lbfgs`, in a tenth of the time (docs/log.md)."""
TOLERANCE, GROUPED_TOLERANCE = 1e-4, 1e-3
"""Of the gradient. The looser one takes two thirds of the time; with six labels it would cost 0.4 points of macro-F1,
in groups nothing beyond chance (docs/log.md)."""

MOST_TOGETHER = 12
"""Of more labels each has a regression of its own: from 15 on as good by macro-F1, accuracy and log loss, in a third of
the time and less; with six to ten the probabilities are worse (docs/log.md)."""
MANY_TOLERANCE = 1.0
"""Of the dual's gradient. With 0.1, the solver's own, it takes a fifth longer for the same (docs/log.md)."""
SHARE_OF_OTHERS, LEAST_OTHERS, DRAWING_SEED = 0.25, 12_500, 2026
"""The part of the texts with other labels that a label's regression is fitted on, and of how many texts at least."""

Groups = NDArray[np.int64]
"""The group of each label by its id, (c,), from 0: see `baseline.groups_of`."""


class Classifier(Protocol):
    """A fitted classifier of TF-IDF rows."""

    def predict_proba(self, rows: csr_matrix) -> NDArray[np.float64]:
        """Probabilities (n, c) of each of the n rows by label id."""
        ...


@dataclass(frozen=True)
class _Flat:
    """One regression over all labels that occur."""

    regression: LogisticRegression
    n_classes: int

    def predict_proba(self, rows: csr_matrix) -> NDArray[np.float64]:
        probabilities = np.zeros((rows.shape[0], self.n_classes))
        probabilities[:, self.regression.classes_] = self.regression.predict_proba(rows)
        return probabilities


@dataclass(frozen=True)
class _OneVsRest:
    """A regression for each label that occurs; their probabilities are made to sum to 1."""

    regressions: tuple[LogisticRegression, ...]
    labels: NDArray[np.int64]
    n_classes: int

    def predict_proba(self, rows: csr_matrix) -> NDArray[np.float64]:
        found = np.column_stack([regression.predict_proba(rows)[:, 1] for regression in self.regressions])
        probabilities = np.zeros((rows.shape[0], self.n_classes))
        probabilities[:, self.labels] = found / found.sum(axis=1, keepdims=True)
        return probabilities


@dataclass(frozen=True)
class _Constant:
    """The one label that occurs in a group."""

    label: int
    n_classes: int

    def predict_proba(self, rows: csr_matrix) -> NDArray[np.float64]:
        probabilities = np.zeros((rows.shape[0], self.n_classes))
        probabilities[:, self.label] = 1
        return probabilities


@dataclass(frozen=True)
class _Grouped:
    """P(label) = P(group) · P(label | group)."""

    group: Classifier
    within: tuple[Classifier, ...]
    """For each group that occurs."""
    numbers: tuple[int, ...]
    """The groups that occur."""
    n_classes: int

    def predict_proba(self, rows: csr_matrix) -> NDArray[np.float64]:
        of_group = self.group.predict_proba(rows)
        parts = zip(self.numbers, self.within, strict=True)
        probabilities = np.zeros((rows.shape[0], self.n_classes))
        for number, part in parts:
            probabilities += of_group[:, [number]] * part.predict_proba(rows)
        return probabilities


def fit_grouped(rows: csr_matrix, labels: NDArray[np.int64], groups: Groups, *, balanced: bool) -> Classifier:
    """The regressions of the groups, each example weighted as in one regression over all labels.

    Weights balanced anew in each regression would take every group as equally frequent, whether it has many labels or
    few: with 22 labels of the open corpus macro-F1 0.464 instead of 0.479.
    """
    group, weights = groups[labels], compute_sample_weight("balanced" if balanced else None, labels)
    numbers = np.unique(group)
    if len(np.unique(labels)) == 1:
        raise ValueError("the labels hold one class alone")
    within: list[Classifier] = []
    for number in numbers:
        own = np.flatnonzero(group == number)
        found = np.unique(labels[own])
        if len(found) == 1:
            within.append(_Constant(int(found[0]), len(groups)))
        else:
            within.append(
                fit_flat(rows[own], labels[own], len(groups), weights=weights[own], tolerance=GROUPED_TOLERANCE)
            )
    if len(numbers) == 1:
        return within[0]
    top = fit_flat(rows, group, int(groups.max()) + 1, weights=weights, tolerance=GROUPED_TOLERANCE)
    return _Grouped(top, tuple(within), tuple(map(int, numbers)), len(groups))


def fit_flat(
    rows: csr_matrix,
    labels: NDArray[np.int64],
    n_classes: int,
    *,
    balanced: bool = False,
    weights: NDArray[np.float64] | None = None,
    tolerance: float = TOLERANCE,
) -> Classifier:
    """One regression, or one for each label where more than `MOST_TOGETHER` occur.

    `weights` are those of the examples, (n,), on top of balanced classes.
    """
    class_weight = "balanced" if balanced else None
    if len(np.unique(labels)) > MOST_TOGETHER:
        of_classes = compute_sample_weight(class_weight, labels)
        return _fit_one_vs_rest(rows, labels, n_classes, of_classes if weights is None else of_classes * weights)
    regression = LogisticRegression(
        C=C, class_weight=class_weight, max_iter=MAX_ITERATIONS, solver=SOLVER, tol=tolerance
    )
    return _Flat(regression.fit(rows, labels, sample_weight=weights), n_classes)


def _fit_one_vs_rest(
    rows: csr_matrix, labels: NDArray[np.int64], n_classes: int, weights: NDArray[np.float64]
) -> Classifier:
    """A regression for each label, by dual coordinate descent (Yu, Huang & Lin 2011), which is LIBLINEAR's.

    Each is fitted on the label's texts and a random part of the others, which weigh as much as all others would.
    """
    draw, regressions = np.random.default_rng(DRAWING_SEED), []
    known = np.unique(labels)
    for label in known:
        own, others = np.flatnonzero(labels == label), np.flatnonzero(labels != label)
        drawn = max(int(len(others) * SHARE_OF_OTHERS), min(len(others), LEAST_OTHERS))
        places = np.sort(np.concatenate([own, draw.choice(others, drawn, replace=False)]))
        is_own = labels[places] == label
        regression = LogisticRegression(
            C=C, dual=True, max_iter=MAX_ITERATIONS, random_state=DRAWING_SEED, solver="liblinear", tol=MANY_TOLERANCE
        )
        own_weights = weights[places] * np.where(is_own, 1.0, len(others) / drawn)
        regressions.append(regression.fit(rows[places], is_own, sample_weight=own_weights))
    return _OneVsRest(tuple(regressions), known, n_classes)
