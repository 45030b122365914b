"""Predictions counted piece by piece give the evaluation of all at once."""

import numpy as np
import pytest

from storyflower.evaluation.counted import CountedPredictions
from storyflower.evaluation.metrics import evaluate_predictions


def test_the_figures_are_those_of_all_at_once() -> None:
    random = np.random.default_rng(1)
    names = ("가", "나", "다", "라")  # the last occurs nowhere
    labels = random.integers(0, 2, 500)
    probabilities = np.column_stack([random.dirichlet([1, 1, 1], 500), np.zeros(500)])
    counted = CountedPredictions(names)
    for start in range(0, 500, 77):
        piece = slice(start, start + 77)
        counted.add(labels[piece], probabilities[piece], probabilities[piece].argmax(axis=1))
    ours, whole = counted.evaluation(), evaluate_predictions(labels, probabilities, names)
    assert ours.confusion == whole.confusion
    for name in ("n", "accuracy", "macro_f1", "log_loss"):
        assert getattr(ours, name) == pytest.approx(getattr(whole, name), rel=1e-12)
    for mine, theirs in zip(ours.per_label, whole.per_label, strict=True):
        assert vars(mine) == pytest.approx(vars(theirs))


def test_the_answers_count_and_not_the_highest_probabilities() -> None:
    counted, names = CountedPredictions(("가", "나")), ("가", "나")
    labels, probabilities, answers = np.array([0, 1]), np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1])
    counted.add(labels, probabilities, answers)
    assert counted.evaluation().accuracy == 1.0
    assert evaluate_predictions(labels, probabilities, names, answers).accuracy == 1.0
    assert evaluate_predictions(labels, probabilities, names).accuracy == 0.5


def test_nothing_counted_is_nothing_to_evaluate() -> None:
    with pytest.raises(ValueError, match="no examples"):
        CountedPredictions(("가", "나")).evaluation()
