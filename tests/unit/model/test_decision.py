import numpy as np
import pytest
from sklearn.metrics import f1_score

from storyflower.model.decision import FEWEST_COUNTED, POWERS, decide, expected_macro_f1, fit_label_weights, runners_up


def skewed(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities of three labels that have 85, 10 and 5 % of the examples, and the labels."""
    draw = np.random.default_rng(seed)
    prior = np.array([0.85, 0.1, 0.05])
    labels = draw.choice(3, n, p=prior)
    signal = draw.normal(size=(n, 3)) + np.eye(3)[labels]
    joint = prior * np.exp(signal)  # the likelihood ratios of unit normals that are 1 apart
    return joint / joint.sum(axis=1, keepdims=True), labels


def test_without_weights_the_most_probable_label_is_answered() -> None:
    probabilities = np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]])
    assert decide(probabilities).tolist() == [0, 2]
    assert decide(probabilities, (1.0, 1.0, 1.0)).tolist() == [0, 2]
    assert decide(np.zeros((0, 3)), (1.0, 0.5, 0.5)).tolist() == []


def test_weights_prefer_labels_and_leave_the_probabilities() -> None:
    probabilities = np.array([[0.6, 0.3, 0.1], [0.9, 0.06, 0.04]])
    before = probabilities.copy()
    decided = decide(probabilities, (0.2, 1.0, 1.0))
    assert decided.tolist() == [1, 0]
    assert runners_up(probabilities, decided, (0.2, 1.0, 1.0)).tolist() == [0, 1]
    assert runners_up(probabilities, decide(probabilities)).tolist() == [1, 1]
    assert np.array_equal(probabilities, before)


def test_fitted_weights_raise_macro_f1_on_other_examples() -> None:
    probabilities, labels = skewed(6_000)
    held, rest = slice(0, 2_000), slice(2_000, None)
    weights = fit_label_weights(probabilities[held], labels[held], labels[rest])
    assert weights[0] < weights[1] < weights[2] == 1
    plain, weighted = (f1_score(labels[rest], decide(probabilities[rest], of), average="macro") for of in ((), weights))
    assert weighted > plain + 0.02


def test_of_enough_examples_the_weights_are_the_best_power_by_scikit_learns_macro_f1() -> None:
    probabilities, labels = skewed(1_000, seed=4)
    counts = np.bincount(labels)
    assert counts.min() >= FEWEST_COUNTED
    scores = [
        f1_score(labels, decide(probabilities, tuple((counts.min() / counts) ** power)), average="macro")
        for power in POWERS
    ]
    best = (counts.min() / counts) ** POWERS[int(np.argmax(scores))]
    assert fit_label_weights(probabilities, labels, labels) == pytest.approx(best, abs=1e-6)


def test_few_examples_give_better_weights_by_what_is_expected_than_by_their_labels() -> None:
    """Of 200 examples with ten of the rarest label, as a development split has: on 20,000 others."""
    others, truth = skewed(20_000, seed=99)
    prior = np.bincount(truth)

    def macro_f1(weights: tuple[float, ...]) -> float:
        return float(f1_score(truth, decide(others, weights), average="macro"))

    expected, counted = [], []
    for seed in range(20):
        probabilities, labels = skewed(200, seed)
        expected.append(macro_f1(fit_label_weights(probabilities, labels, truth)))
        powers = [tuple((prior.min() / prior) ** power) for power in POWERS]
        scores = [f1_score(labels, decide(probabilities, of), average="macro") for of in powers]
        counted.append(macro_f1(powers[int(np.argmax(scores))]))
    assert np.mean(expected) > np.mean(counted) + 0.003
    assert np.std(expected) < np.std(counted)


def test_the_expected_macro_f1_is_scikit_learns_of_many_labels_that_are_drawn() -> None:
    probabilities, _ = skewed(40, seed=4)
    decided = decide(probabilities, (0.3, 1.0, 1.0))
    drawn = np.random.default_rng(1).random((40, 20_000, 1))
    labels = (drawn > probabilities.cumsum(axis=1)[:, None, :-1]).sum(axis=2).ravel()
    found = f1_score(labels, decided.repeat(20_000), average="macro")
    assert expected_macro_f1(probabilities, decided) == pytest.approx(found, abs=2e-3)


def test_where_labels_are_certain_it_is_scikit_learns_macro_f1() -> None:
    labels, decided = np.array([0, 0, 1, 3, 3]), np.array([0, 1, 1, 3, 0])  # the label 2 does not occur
    expected = f1_score(labels, decided, average="macro")
    assert expected_macro_f1(np.eye(5)[labels], decided) == pytest.approx(expected)


def test_where_the_most_probable_label_is_best_there_are_no_weights() -> None:
    labels = np.array([0, 0, 0, 1, 2])
    assert fit_label_weights(np.eye(3)[labels], labels, labels) == ()


def test_labels_that_the_training_lacks_count_as_one_example() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.52, 0.48, 0.0]])
    weights = fit_label_weights(probabilities, np.array([0, 0, 1]), np.array([0, 0, 0, 0, 1]))
    assert weights[1:] == (1.0, 1.0)
    assert decide(probabilities, weights).tolist() == [0, 0, 1]
