"""Cross-validated figures of a recipe: by fold and pooled, beside the baseline's on the same folds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from storyflower.evaluation.compare import Comparison, compare_predictions
from storyflower.evaluation.intervals import Interval, score_intervals
from storyflower.evaluation.metrics import Evaluation, evaluate_predictions

FOLDS_FILE = "folds.json"


@dataclass(frozen=True, eq=False)
class FoldAnswers:
    """The answers to the n texts of one fold, of the model and the baseline that were trained on the other folds."""

    labels: NDArray[np.int64]
    """(n,) true ids"""
    model: NDArray[np.float64]
    """(n, c) probabilities, weighted where the recipe weights the decision: the highest is the answer"""
    baseline: NDArray[np.float64]
    """(n, c) probabilities"""


@dataclass(frozen=True)
class HeadlineScore:
    """The two headline figures (0 to 1)."""

    accuracy: float
    macro_f1: float


@dataclass(frozen=True)
class FoldScore:
    """The figures of one fold."""

    examples: int
    model: HeadlineScore
    baseline: HeadlineScore


@dataclass(frozen=True)
class CrossValidation:
    """The figures of every fold, and of all examples, each predicted by the models that were not trained on it."""

    folds: tuple[FoldScore, ...]
    model: HeadlineScore
    """Over all examples."""
    baseline: HeadlineScore
    """Over all examples."""
    accuracy_interval: Interval
    macro_f1_interval: Interval
    against_baseline: Comparison
    """Paired, over all examples."""

    @property
    def examples(self) -> int:
        """Of all folds."""
        return sum(fold.examples for fold in self.folds)

    def to_json(self) -> dict[str, Any]:
        """The figures as plain dicts, lists and numbers."""
        return asdict(self)

    def as_metrics(self) -> dict[str, float]:
        """The figures by the names that a run records."""
        low, high = self.against_baseline.macro_f1_interval.low, self.against_baseline.macro_f1_interval.high
        return {
            "folds/accuracy": self.model.accuracy,
            "folds/macro_f1": self.model.macro_f1,
            "folds/macro_f1_low": self.macro_f1_interval.low,
            "folds/macro_f1_high": self.macro_f1_interval.high,
            "folds/baseline_accuracy": self.baseline.accuracy,
            "folds/baseline_macro_f1": self.baseline.macro_f1,
            "folds/gain_macro_f1": self.against_baseline.macro_f1_difference,
            "folds/gain_macro_f1_low": low,
            "folds/gain_macro_f1_high": high,
        }


CROSS_VALIDATION = TypeAdapter(CrossValidation)
"""Reads what `CrossValidation.to_json` wrote."""


def cross_validation(answers: Sequence[FoldAnswers], names: tuple[str, ...]) -> CrossValidation:
    """Evaluate the answers to all folds.

    The pooled figures are those of all examples together, not means of the folds: in a small fold a rare label has one
    example or none, and the mean of such F1s is another figure. Intervals are bootstrap intervals over the examples
    (see `intervals`): they cover the draw of the examples, and not the draw of the folds or of the training.

    Args:
        answers: of two folds or more.
        names: the c label names by id.
    """
    labels = np.concatenate([fold.labels for fold in answers])
    model, baseline = (np.concatenate([getattr(fold, of) for fold in answers]) for of in ("model", "baseline"))
    pooled = evaluate_predictions(labels, model, names)
    intervals = score_intervals(pooled)
    return CrossValidation(
        folds=tuple(
            FoldScore(
                examples=len(fold.labels),
                model=_headline(evaluate_predictions(fold.labels, fold.model, names)),
                baseline=_headline(evaluate_predictions(fold.labels, fold.baseline, names)),
            )
            for fold in answers
        ),
        model=_headline(pooled),
        baseline=_headline(evaluate_predictions(labels, baseline, names)),
        accuracy_interval=intervals.accuracy,
        macro_f1_interval=intervals.macro_f1,
        against_baseline=compare_predictions(labels, model.argmax(axis=1), baseline.argmax(axis=1), names),
    )


def read_cross_validation(folder: Path) -> CrossValidation:
    """The cross-validation in `FOLDS_FILE` of a folder."""
    return CROSS_VALIDATION.validate_json((folder / FOLDS_FILE).read_bytes())


def _headline(found: Evaluation) -> HeadlineScore:
    return HeadlineScore(accuracy=found.accuracy, macro_f1=found.macro_f1)
