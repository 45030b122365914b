import json
import math

import numpy as np
import pytest

from storyflower.evaluation.metrics import Evaluation, evaluate_predictions

NAMES = ("기쁨", "슬픔", "분노")


def sure(predicted: list[int], classes: int = 3) -> np.ndarray:
    return np.eye(classes)[predicted] * 0.7 + 0.3 / classes


def test_figures_counted_by_hand() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    probabilities = sure([0, 0, 1, 1, 0, 2])
    found = evaluate_predictions(labels, probabilities, NAMES)
    assert found.n == 6
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.confusion == ((2, 1, 0), (1, 1, 0), (0, 0, 1))
    joy, sorrow, anger = found.per_label
    assert (joy.label, joy.support) == ("기쁨", 3)
    assert (joy.precision, joy.recall, joy.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (sorrow.precision, sorrow.recall, sorrow.f1) == pytest.approx((1 / 2, 1 / 2, 1 / 2))
    assert (anger.precision, anger.recall, anger.f1) == pytest.approx((1, 1, 1))
    assert found.macro_f1 == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert found.log_loss == pytest.approx(-(4 * math.log(0.8) + 2 * math.log(0.1)) / 6)


def test_a_label_in_neither_truth_nor_predictions_is_listed_but_not_averaged() -> None:
    found = evaluate_predictions(np.array([0, 1, 1]), sure([0, 1, 1]), NAMES)
    assert found.macro_f1 == 1
    assert found.per_label[2].f1 == 0
    assert found.per_label[2].support == 0
    assert found.names == NAMES


def test_the_answer_of_an_absent_label_costs_the_recall_of_the_true_one_alone() -> None:
    found = evaluate_predictions(np.array([0, 1, 1]), sure([0, 1, 2]), NAMES)
    assert found.macro_f1 == pytest.approx((1 + 2 / 3) / 2)
    assert found.confusion[1] == (0, 1, 1)


def test_of_equal_probabilities_the_first_label_is_the_prediction() -> None:
    found = evaluate_predictions(np.array([0, 1]), np.full((2, 2), 0.5), ("기쁨", "슬픔"))
    assert found.confusion == ((1, 0), (1, 0))


def test_float32_probabilities_are_judged_without_a_warning() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet([1] * 60, 500).astype(np.float32)
    found = evaluate_predictions(random.integers(0, 60, 500), probabilities, tuple(map(str, range(60))))
    assert 0 < found.log_loss < math.inf


def test_a_certain_mistake_costs_much_but_not_infinity() -> None:
    found = evaluate_predictions(np.array([0]), np.array([[0.0, 1.0]]), ("기쁨", "슬픔"))
    assert 30 < found.log_loss < math.inf


def test_it_survives_json(majors: Evaluation) -> None:
    text = json.dumps(majors.to_json(), ensure_ascii=False)
    assert "기쁨" in text
    assert Evaluation.from_json(json.loads(text)) == majors


@pytest.mark.parametrize(
    ("labels", "probabilities", "problem"),
    [
        ([], np.empty((0, 3)), "no examples"),
        ([0, 1], sure([0]), "do not fit"),
        ([0], sure([0], classes=2), "do not fit"),
        ([3], sure([0]), "outside"),
        ([-1], sure([0]), "outside"),
        ([0], np.array([[0.5, 0.1, 0.1]]), "sum 1"),
        ([0], np.array([[1.5, -0.5, 0.0]]), "not be negative"),
        ([0], np.array([[np.nan, 0.5, 0.5]]), "sum 1"),
    ],
)
def test_what_is_no_prediction_is_refused(labels: list[int], probabilities: np.ndarray, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        evaluate_predictions(np.array(labels, dtype=int), probabilities, NAMES)
