from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import f1_score

from storyflower.evaluation.intervals import Cells, label_counts, macro_f1_of, percentile_interval, score_intervals
from storyflower.evaluation.metrics import Evaluation, evaluate_predictions

Answers = tuple[np.ndarray, np.ndarray]


def answers(n: int, classes: int = 4, right: float = 0.7, seed: int = 0) -> Answers:
    """True and predicted ids; the share `right` of the predictions, and some more by luck, are the true ones."""
    random = np.random.default_rng(seed)
    labels = random.choice(classes, n, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    return labels, np.where(random.random(n) < right, labels, random.integers(0, classes, n))


def judged(labels: np.ndarray, predicted: np.ndarray, classes: int = 4) -> Evaluation:
    return evaluate_predictions(labels, np.eye(classes)[predicted], tuple("가나다라마바사아"[:classes]))


def test_the_intervals_hold_the_figures_and_never_change() -> None:
    evaluation = judged(*answers(500))
    found = score_intervals(evaluation)
    assert found.accuracy.low < evaluation.accuracy < found.accuracy.high
    assert found.macro_f1.low < evaluation.macro_f1 < found.macro_f1.high
    assert found == score_intervals(evaluation)


def test_four_times_the_examples_halve_the_width() -> None:
    def width(n: int) -> float:
        interval = score_intervals(judged(*answers(n))).macro_f1
        return interval.high - interval.low

    assert width(4000) == pytest.approx(width(1000) / 2, rel=0.15)


def test_for_accuracy_it_agrees_with_the_binomial_distribution() -> None:
    labels, predicted = answers(1000)
    wilson = binomtest(int((labels == predicted).sum()), 1000).proportion_ci(0.95, method="wilson")
    found = score_intervals(judged(labels, predicted)).accuracy
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=0.005)


def test_for_macro_f1_it_agrees_with_drawing_rows() -> None:
    labels, predicted = answers(200, classes=3)

    def macro_f1(truth: np.ndarray, answer: np.ndarray) -> float:
        return float(f1_score(truth, answer, average="macro"))

    rows = bootstrap(
        (labels, predicted),
        macro_f1,
        paired=True,
        vectorized=False,
        n_resamples=600,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    found = score_intervals(judged(labels, predicted, 3)).macro_f1
    assert (found.low, found.high) == pytest.approx((rows.low, rows.high), abs=0.015)


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    everybody = judged(*answers(200_000, seed=99))
    covered = {"accuracy": 0, "macro_f1": 0}
    for seed in range(120):
        found = score_intervals(judged(*answers(300, seed=seed)))
        covered["accuracy"] += found.accuracy.low <= everybody.accuracy <= found.accuracy.high
        covered["macro_f1"] += found.macro_f1.low <= everybody.macro_f1 <= found.macro_f1.high
    assert all(0.88 <= count / 120 <= 1 for count in covered.values()), covered


def test_without_a_mistake_there_is_nothing_to_resample() -> None:
    labels, _ = answers(50)
    found = score_intervals(judged(labels, labels))
    assert (found.accuracy.low, found.accuracy.high, found.macro_f1.low) == (1, 1, 1)


def sklearn_macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    return float(f1_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0.0))


def own_macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    cells = Cells.counting(labels, predicted)
    truth, answered = cells.ids.T
    return float(macro_f1_of(cells.counts[None].astype(float), truth, answered, 8)[0])


@pytest.mark.parametrize(
    ("labels", "predicted"),
    [([0, 1, 1, 2], [0, 1, 2, 2]), ([0, 0], [7, 7]), ([5, 5, 5], [5, 5, 5]), ([0, 1, 2, 3], [3, 2, 1, 0])],
)
def test_macro_f1_of_counts_is_that_of_the_rows(labels: list[int], predicted: list[int]) -> None:
    figures: list[Callable[[np.ndarray, np.ndarray], float]] = [own_macro_f1, sklearn_macro_f1]
    ours, theirs = (figure(np.array(labels), np.array(predicted)) for figure in figures)
    assert ours == pytest.approx(theirs)


def test_ids_beyond_the_labels_are_counted_nowhere() -> None:
    assert label_counts(np.array([[2.0, 3.0, 4.0]]), np.array([1, 0, 2]), 2).tolist() == [[3, 2]]


def test_the_middle_of_a_distribution() -> None:
    found = percentile_interval(np.arange(101.0))
    assert (found.low, found.high, found.level) == (pytest.approx(2.5), pytest.approx(97.5), 0.95)
