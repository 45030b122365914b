"""Predictions that are counted piece by piece have the figures that scikit-learn gives of all at once."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_recall_fscore_support

from storyflower.evaluation.metrics import CountedPredictions, evaluate_predictions


def test_the_figures_are_those_of_all_at_once() -> None:
    random, names, ids = np.random.default_rng(1), ("가", "나", "다", "라"), range(4)  # the last occurs nowhere
    labels = random.integers(0, 2, 500)
    probabilities = np.column_stack([random.dirichlet([1, 1, 1], 500), np.zeros(500)])
    answers = probabilities.argmax(axis=1)
    counted = CountedPredictions(names)
    for start in range(0, 500, 77):
        piece = slice(start, start + 77)
        counted.add(labels[piece], probabilities[piece], answers[piece])
    found = counted.evaluation()
    assert (found.n, found.accuracy) == (500, accuracy_score(labels, answers))
    assert np.array_equal(found.confusion, confusion_matrix(labels, answers, labels=ids))
    assert found.macro_f1 == pytest.approx(f1_score(labels, answers, labels=[0, 1], average="macro", zero_division=0.0))
    assert found.log_loss == pytest.approx(log_loss(labels, probabilities, labels=ids), rel=1e-12)
    of_labels = precision_recall_fscore_support(labels, answers, labels=ids, zero_division=0.0)
    for label, *expected in zip(found.per_label, *of_labels, strict=True):
        assert [label.precision, label.recall, label.f1, label.support] == pytest.approx(expected)


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
