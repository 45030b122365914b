"""Comparing two models on the same examples: differences, intervals and p-values."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, binomtest

from storyflower.evaluation.intervals import Cells, Draws, Interval, bootstrap, macro_f1_of, percentile_interval

Reading = Literal["better", "level", "worse"]

CHANCE = 0.05
"""Probability that any label of two equally good models has a fall of its recall that is called more than chance."""


@dataclass(frozen=True)
class RecallChange:
    """One label's recall under both models (0 to 1)."""

    label: str
    support: int
    """Examples whose true label this is; at least one."""
    recall: float
    reference_recall: float
    difference: float
    """recall − reference_recall: above 0 the model finds more of this label than the reference."""
    fall_within_chance: float = 0.0
    """How far below the reference (0 to 1) chance explains, given the examples that only one of the two has right; 0 in
    comparisons of earlier releases."""


@dataclass(frozen=True)
class Comparison:
    """A model against a reference; every difference is model − reference."""

    n: int
    """Examples that both predicted."""
    only_model_right: int
    """Examples that the model has right and the reference wrong."""
    only_reference_right: int
    accuracy_difference: float
    accuracy_p: float
    """Two-sided p of McNemar's exact test; 1 where the models are right on the same examples."""
    macro_f1_difference: float
    macro_f1_interval: Interval
    """Paired bootstrap: both models are resampled on the same examples."""
    macro_f1_p: float
    """Two-sided p of the paired bootstrap: twice the share of resamples in which the difference has the other sign."""
    recalls: tuple[RecallChange, ...]
    """The labels that occur in the truth, in the label map's order."""

    @property
    def macro_f1_reading(self) -> Reading:
        """`better` or `worse` where the interval of the macro-F1 difference lies beyond 0, else `level`.

        It ends at 0 where the two differ in a single answer, or in none.
        """
        if self.macro_f1_interval.low > 0:
            return "better"
        return "level" if self.macro_f1_interval.high >= 0 else "worse"

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain dicts, lists and numbers."""
        return asdict(self) | {"recalls": [asdict(change) for change in self.recalls]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Comparison":
        """The comparison that `to_json` wrote."""
        interval = Interval(**values["macro_f1_interval"])
        recalls = tuple(RecallChange(**change) for change in values["recalls"])
        return cls(**values | {"macro_f1_interval": interval, "recalls": recalls})


def compare_predictions(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], reference: NDArray[np.int64], names: tuple[str, ...]
) -> Comparison:
    """Compare two models' answers to the same n examples, seeded: the same answers give the same comparison.

    Accuracy is judged by McNemar's test in its exact form (the binomial test of the examples that only one model has
    right; McNemar 1947), macro-F1 by the paired percentile bootstrap (Efron and Tibshirani 1993; for NLP, Berg-
    Kirkpatrick et al. 2012), whose p-value is (2·crossings + 2) / (resamples + 1), at most 1, and so never 0.

    Args:
        labels: true ids (n,).
        predicted: the model's ids (n,).
        reference: the other model's ids (n,).
        names: the c label names by id.

    Raises:
        ValueError: no examples, or arrays of different length.
    """
    if not len(labels) == len(predicted) == len(reference) > 0:
        raise ValueError(f"{len(labels)} labels, {len(predicted)} and {len(reference)} answers cannot be compared")
    only_model = int(((predicted == labels) & (reference != labels)).sum())
    only_reference = int(((reference == labels) & (predicted != labels)).sum())
    differing = only_model + only_reference
    differences, found = _macro_f1_differences(labels, predicted, reference, len(names))
    crossings = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return Comparison(
        n=len(labels),
        only_model_right=only_model,
        only_reference_right=only_reference,
        accuracy_difference=(only_model - only_reference) / len(labels),
        accuracy_p=float(binomtest(only_model, differing, 0.5).pvalue) if differing else 1.0,
        macro_f1_difference=found,
        macro_f1_interval=percentile_interval(differences),
        macro_f1_p=min(1.0, 2 * (crossings + 1) / (len(differences) + 1)),
        recalls=_recall_changes(labels, predicted, reference, names),
    )


def _macro_f1_differences(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], reference: NDArray[np.int64], n_classes: int
) -> tuple[NDArray[np.float64], float]:
    """The macro-F1 difference of every resample, and of the examples themselves."""
    cells = Cells.counting(labels, predicted, reference)
    truth, ours, theirs = cells.ids.T

    def difference(draws: Draws) -> NDArray[np.float64]:
        return macro_f1_of(draws, truth, ours, n_classes) - macro_f1_of(draws, truth, theirs, n_classes)

    return bootstrap(cells, difference), float(difference(cells.counts[None].astype(np.float64))[0])


def _recall_changes(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], reference: NDArray[np.int64], names: tuple[str, ...]
) -> tuple[RecallChange, ...]:
    changes, present = [], np.unique(labels)
    for label in present:
        own = labels == label
        found, found_before = predicted[own] == label, reference[own] == label
        ours, theirs = float(found.mean()), float(found_before.mean())
        within_chance = _fall_within_chance(int((found != found_before).sum()), len(found), len(present))
        changes.append(RecallChange(names[label], len(found), ours, theirs, ours - theirs, within_chance))
    return tuple(changes)


def _fall_within_chance(differing: int, support: int, labels: int) -> float:
    """The largest fall of a recall that the one-sided exact McNemar test does not reject, for all labels together.

    Of `differing` examples of the label only one model is right, of two equally good ones each on half of them. The
    level is divided by the number of labels (Bonferroni): among sixty, one falls far by chance.
    """
    fewest = float(binom.ppf(CHANCE / labels, differing, 0.5))  # examples that the model alone still has right
    return max(0.0, differing - 2 * fewest) / support
