"""Everything that is said of a model once the validation workbook has been answered, before any of it is written."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from storyflower.evaluation.behaviour import BehaviourRate
from storyflower.evaluation.calibration import Calibration, measure_calibration, tempered
from storyflower.evaluation.compare import Comparison, compare_predictions
from storyflower.evaluation.intervals import ScoreIntervals, score_intervals
from storyflower.evaluation.metrics import Evaluation, evaluate_predictions
from storyflower.evaluation.slices import Slice, measure_slices


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model said of n texts, and what it saw of them."""

    logits: NDArray[np.float32]
    """(n, c)"""
    temperature: float
    """By which the model divides its logits."""
    lengths: NDArray[np.int64]
    """(n,) tokens of each text, after cutting."""
    truncated: NDArray[np.bool_]
    """(n,) whether each text lost its end."""
    behaviour: Sequence[BehaviourRate] = ()
    """How it answered the behaviour tests."""

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """(n, c), as the model's users get them."""
        return tempered(self.logits, self.temperature)


@dataclass(frozen=True)
class Assessment:
    """A model on the validation workbook, beside the baseline on the same rows."""

    model: Evaluation
    baseline: Evaluation
    intervals: ScoreIntervals
    """Of the model's headline figures."""
    against_baseline: Comparison
    calibration: Calibration
    slices: tuple[Slice, ...]
    behaviour: tuple[BehaviourRate, ...]

    def to_json(self) -> dict[str, Any]:
        """`test` (the model, with all that is known of it) and `baseline`, as plain dicts, lists and numbers."""
        test = self.model.to_json() | {
            "accuracy_interval": asdict(self.intervals.accuracy),
            "macro_f1_interval": asdict(self.intervals.macro_f1),
            "calibration": self.calibration.to_json(),
            "slices": [asdict(part) for part in self.slices],
            "behaviour": [asdict(rate) for rate in self.behaviour],
            "against_baseline": self.against_baseline.to_json(),
        }
        return {"test": test, "baseline": self.baseline.to_json()}


def assess(
    examples: pd.DataFrame, names: tuple[str, ...], answers: Answers, baseline_probabilities: NDArray[np.float64]
) -> Assessment:
    """Judge a model and the baseline on the same examples.

    Args:
        examples: n rows of a corpus.
        names: the c label names by id.
        answers: the model's, in the order of the rows.
        baseline_probabilities: the baseline's, float (n, c).

    Raises:
        ValueError: no examples, or shapes that do not fit.
    """
    labels = examples["label"].to_numpy()
    model = evaluate_predictions(labels, answers.probabilities, names)
    predicted = answers.probabilities.argmax(axis=1)
    return Assessment(
        model=model,
        baseline=evaluate_predictions(labels, baseline_probabilities, names),
        intervals=score_intervals(model),
        against_baseline=compare_predictions(labels, predicted, baseline_probabilities.argmax(axis=1), names),
        calibration=measure_calibration(answers.logits, answers.temperature, labels),
        slices=measure_slices(examples, predicted, answers.lengths, answers.truncated),
        behaviour=tuple(answers.behaviour),
    )
