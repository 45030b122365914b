import json
from statistics import mean

import numpy as np
import pytest

from storyflower.evaluation.compare import Comparison, compare_predictions

NAMES = ("기쁨", "슬픔", "분노")


def noisy(labels: np.ndarray, wrong: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.where(random.random(len(labels)) < wrong, random.integers(0, 3, len(labels)), labels)


@pytest.fixture
def labels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 3, 1500)


def test_counted_by_hand() -> None:
    labels = np.array([0] * 10 + [1] * 10)
    model, reference = labels.copy(), labels.copy()
    model[[0, 10]] = 2
    reference[1:9] = 1
    found = compare_predictions(labels, model, reference, NAMES)
    assert (found.n, found.only_model_right, found.only_reference_right) == (20, 8, 2)
    assert found.accuracy_difference == pytest.approx(6 / 20)
    assert found.accuracy_p == pytest.approx(2 * sum([1, 10, 45]) / 2**10)  # two or fewer heads of ten, both sides
    joy, sorrow = found.recalls
    assert (joy.label, joy.support, joy.recall, joy.reference_recall) == ("기쁨", 10, 0.9, pytest.approx(0.2))
    assert (sorrow.label, sorrow.difference) == ("슬픔", pytest.approx(-0.1))


def test_answers_of_a_label_that_does_not_occur_are_mistakes_like_others() -> None:
    """Divided by one label more, the model that gives them was far behind one that is not better on any label."""
    labels = np.arange(600) % 2
    reference = np.where(np.arange(600) % 5 < 2, 1 - labels, labels)
    model = np.where(reference == labels, labels, np.where(np.arange(600) % 3, reference, 2))
    found = compare_predictions(labels, model, reference, NAMES)
    assert found.accuracy_difference == 0
    assert found.macro_f1_difference > 0
    assert found.macro_f1_reading == "better"  # no label has more false answers, and both have fewer


def test_a_fall_that_chance_explains_counted_by_hand() -> None:
    """Of ten sorrows that one model alone has right, equally good models have fewer than two with (1 + 10) / 1024."""
    labels = np.array([0] * 10 + [1] * 20)
    model, reference = labels.copy(), labels.copy()
    reference[10:12] = 2
    model[12:20] = 2
    joy, sorrow = compare_predictions(labels, model, reference, NAMES).recalls
    assert joy.fall_within_chance == 0  # both are right on all
    # (1 + 10) / 1024 lies below 0.05 / 2, and with two of them (1 + 10 + 45) / 1024 above it: two against eight.
    assert sorrow.fall_within_chance == pytest.approx((8 - 2) / 20)
    assert sorrow.difference == pytest.approx(-6 / 20)


def test_of_two_equally_good_models_with_many_labels_a_fall_beyond_chance_is_rare() -> None:
    beyond = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        labels = random.integers(0, 20, 600)
        model, reference = (np.where(random.random(600) < 0.4, random.integers(0, 20, 600), labels) for _ in range(2))
        changes = compare_predictions(labels, model, reference, tuple(map(str, range(20)))).recalls
        assert min(change.difference for change in changes) < -0.05  # what the gate allows without it
        beyond += any(change.difference < -change.fall_within_chance for change in changes)
    assert beyond <= 5


def test_a_better_model_is_seen_to_be_better(labels: np.ndarray) -> None:
    found = compare_predictions(labels, noisy(labels, 0.2, 1), noisy(labels, 0.4, 2), NAMES)
    assert found.macro_f1_difference > 0.1
    assert 0 < found.macro_f1_interval.low < found.macro_f1_difference < found.macro_f1_interval.high
    assert 0 < found.macro_f1_p < 0.001
    assert 0 < found.accuracy_p < 0.001


def test_the_same_answers_are_a_tie(labels: np.ndarray) -> None:
    answers = noisy(labels, 0.3, 1)
    found = compare_predictions(labels, answers, answers.copy(), NAMES)
    assert (found.accuracy_difference, found.accuracy_p) == (0, 1)
    assert (found.macro_f1_difference, found.macro_f1_p) == (0, 1)
    assert (found.macro_f1_interval.low, found.macro_f1_interval.high) == (0, 0)
    assert {change.difference for change in found.recalls} == {0}


def test_the_other_way_round_only_the_signs_change(labels: np.ndarray) -> None:
    model, reference = noisy(labels, 0.3, 1), noisy(labels, 0.33, 2)
    one, other = (compare_predictions(labels, *pair, NAMES) for pair in ((model, reference), (reference, model)))
    assert one.macro_f1_difference == pytest.approx(-other.macro_f1_difference)
    assert one.accuracy_difference == -other.accuracy_difference
    assert one.accuracy_p == pytest.approx(other.accuracy_p)
    assert one.macro_f1_p == pytest.approx(other.macro_f1_p, abs=0.02)  # the cells are drawn in another order
    assert one.macro_f1_interval.low == pytest.approx(-other.macro_f1_interval.high, abs=0.002)


def test_the_order_of_the_examples_does_not_matter(labels: np.ndarray) -> None:
    model, reference = noisy(labels, 0.3, 1), noisy(labels, 0.33, 2)
    order = np.random.default_rng(3).permutation(len(labels))
    shuffled = compare_predictions(labels[order], model[order], reference[order], NAMES)
    assert shuffled == compare_predictions(labels, model, reference, NAMES)


def test_two_models_of_one_kind_rarely_differ_significantly() -> None:
    found = []
    for seed in range(100):
        labels = np.random.default_rng(seed).integers(0, 3, 300)
        found.append(
            compare_predictions(labels, noisy(labels, 0.4, seed + 1000), noisy(labels, 0.4, seed + 2000), NAMES)
        )
    assert mean(c.macro_f1_p < 0.05 for c in found) <= 0.12
    assert mean(c.accuracy_p < 0.05 for c in found) <= 0.12


def test_it_survives_json(labels: np.ndarray) -> None:
    found = compare_predictions(labels, noisy(labels, 0.3, 1), noisy(labels, 0.3, 2), NAMES)
    assert Comparison.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize("lengths", [(0, 0, 0), (3, 3, 2), (3, 2, 3)])
def test_answers_to_other_examples_cannot_be_compared(lengths: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        compare_predictions(*(np.zeros(n, int) for n in lengths), NAMES)
