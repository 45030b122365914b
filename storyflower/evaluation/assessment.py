"""All figures of a model on the validation workbook, beside those of the baseline, and their JSON file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import TypeAdapter

from storyflower.evaluation.behaviour import BehaviourRate
from storyflower.evaluation.calibration import Calibration, measure_calibration, tempered
from storyflower.evaluation.compare import Comparison, compare_predictions
from storyflower.evaluation.intervals import Interval, ScoreIntervals, score_intervals
from storyflower.evaluation.metrics import Evaluation, evaluate_predictions
from storyflower.evaluation.slices import Slice, measure_slices
from storyflower.model.decision import decide

FIGURES_FILE = "evaluation.json"

_CALIBRATION = TypeAdapter(Calibration)
_SLICES = TypeAdapter(tuple[Slice, ...])
_RATES = TypeAdapter(tuple[BehaviourRate, ...])


@dataclass(frozen=True, eq=False)
class Answers:
    """A model's answers to n texts, and the lengths at which it read them."""

    logits: NDArray[np.float32]
    """(n, c)"""
    temperature: float
    """The model divides its logits by it."""
    lengths: NDArray[np.int64]
    """(n,) tokens of each text, after cutting."""
    truncated: NDArray[np.bool_]
    """(n,) whether each text lost its end."""
    behaviour: Sequence[BehaviourRate] = ()
    """Results of the behaviour tests."""
    label_weights: tuple[float, ...] = ()
    """By which the model prefers labels, see `decide`."""
    served_logits: NDArray[np.float32] | None = None
    """(n, c) of the same texts in bf16, as servers compute them; None if this machine has no bf16."""

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """(n, c), after the temperature: what `predict` returns."""
        return tempered(self.logits, self.temperature)

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """(n,) ids of the labels that are answered."""
        return decide(self.probabilities, self.label_weights)


@dataclass(frozen=True)
class PrecisionAgreement:
    """How far predictions in bf16 agree with those in fp32."""

    same_label: float
    """The share of texts (0 to 1) with the same answered label."""
    largest_difference: float
    """Of a probability (0 to 1)."""


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
    bf16: PrecisionAgreement | None = None
    """None if it was not measured."""

    @classmethod
    def from_json(cls, figures: Mapping[str, Any]) -> "Assessment":
        """The assessment from the values that `to_json` returned."""
        test = figures["test"]
        return cls(
            model=Evaluation.from_json(test),
            baseline=Evaluation.from_json(figures["baseline"]),
            intervals=ScoreIntervals(Interval(**test["accuracy_interval"]), Interval(**test["macro_f1_interval"])),
            against_baseline=Comparison.from_json(test["against_baseline"]),
            calibration=_CALIBRATION.validate_python(test["calibration"]),
            slices=_SLICES.validate_python(test["slices"]),
            behaviour=_RATES.validate_python(test["behaviour"]),
            bf16=PrecisionAgreement(**test["bf16"]) if test.get("bf16") else None,
        )

    def to_json(self) -> dict[str, Any]:
        """`test` (all figures of the model) and `baseline`, as plain dicts, lists and numbers."""
        test = self.model.to_json() | {
            "accuracy_interval": asdict(self.intervals.accuracy),
            "macro_f1_interval": asdict(self.intervals.macro_f1),
            "calibration": self.calibration.to_json(),
            "slices": [asdict(part) for part in self.slices],
            "behaviour": [asdict(rate) for rate in self.behaviour],
            "against_baseline": self.against_baseline.to_json(),
            "bf16": asdict(self.bf16) if self.bf16 else None,
        }
        return {"test": test, "baseline": self.baseline.to_json()}


def assess(
    examples: pd.DataFrame, names: tuple[str, ...], answers: Answers, baseline_probabilities: NDArray[np.float64]
) -> Assessment:
    """Evaluate a model and the baseline on the same examples.

    Args:
        examples: n rows of a corpus.
        names: the c label names by id.
        answers: the model's, in the order of the rows.
        baseline_probabilities: the baseline's, float (n, c).

    Raises:
        ValueError: no examples, or shapes that do not fit.
    """
    labels = examples["label"].to_numpy()
    predicted = answers.predicted
    model = evaluate_predictions(labels, answers.probabilities, names, predicted)
    return Assessment(
        model=model,
        baseline=evaluate_predictions(labels, baseline_probabilities, names),
        intervals=score_intervals(model),
        against_baseline=compare_predictions(labels, predicted, baseline_probabilities.argmax(axis=1), names),
        calibration=measure_calibration(answers.logits, answers.temperature, labels, predicted),
        slices=measure_slices(examples, predicted, answers.lengths, answers.truncated),
        behaviour=tuple(answers.behaviour),
        bf16=_precision_agreement(answers),
    )


def _precision_agreement(answers: Answers) -> PrecisionAgreement | None:
    if answers.served_logits is None:
        return None
    served = tempered(answers.served_logits, answers.temperature)
    return PrecisionAgreement(
        same_label=float((decide(served, answers.label_weights) == answers.predicted).mean()),
        largest_difference=float(np.abs(served - answers.probabilities).max()),
    )


def read_assessment(folder: Path) -> Assessment:
    """The assessment in `FIGURES_FILE` of a folder."""
    return Assessment.from_json(json.loads((folder / FIGURES_FILE).read_text("utf-8")))
