import math

import numpy as np
import pytest
from sklearn.metrics import log_loss

from storyflower.evaluation.calibration import (
    BINS,
    COLDEST,
    HOTTEST,
    calibration_figures,
    fit_temperature,
    measure_calibration,
    tempered,
)
from storyflower.reports.calibration_plots import coverage_plot, reliability_plot

Labelled = tuple[np.ndarray, np.ndarray]


def labelled_by(temperature: float, n: int = 20_000, classes: int = 6) -> Labelled:
    """Logits (n, classes) and labels drawn from their softmax at `temperature`: its logits are off by that factor."""
    random = np.random.default_rng(7)
    logits = random.normal(0, 3, (n, classes)).astype(np.float32)
    shares = tempered(logits, temperature)
    return logits, (shares.cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    assert fit_temperature(*labelled_by(temperature)) == pytest.approx(temperature, rel=0.04)


def test_an_overconfident_model_is_mended_and_answers_the_same() -> None:
    logits, labels = labelled_by(3.0)
    half = len(labels) // 2
    temperature = fit_temperature(logits[:half], labels[:half])
    found = measure_calibration(logits[half:], temperature, labels[half:])
    assert found.before.ece > 0.1
    assert found.after.ece < 0.03
    assert found.after.brier < found.before.brier
    assert found.after.log_loss < found.before.log_loss
    assert np.array_equal(tempered(logits, temperature).argmax(axis=1), logits.argmax(axis=1))


def test_a_model_without_a_mistake_is_not_made_infinitely_sure() -> None:
    labels = np.arange(60) % 3
    temperature = fit_temperature(np.eye(3)[labels] * 4, labels)
    assert COLDEST < temperature < 1
    assert tempered(np.eye(3) * 4, temperature).max() == pytest.approx(1 - 2 / 3 / 61, abs=1e-3)


def test_logits_without_any_information_stay_bounded() -> None:
    labels = np.zeros(500, int)
    assert COLDEST <= fit_temperature(np.tile([0.0, 3.0, 3.0], (500, 1)), labels) <= HOTTEST


def test_figures_counted_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    found = calibration_figures(probabilities, np.array([0, 1, 1]))
    assert found.ece == pytest.approx((2 * abs(0.5 - 0.9) + abs(1 - 0.6)) / 3)
    assert found.brier == pytest.approx((2 * 0.1**2 + 2 * 0.9**2 + 2 * 0.4**2) / 3)
    assert found.log_loss == pytest.approx(-(math.log(0.9) + math.log(0.1) + math.log(0.6)) / 3)
    assert [(b.n, b.confidence, b.accuracy) for b in found.bins if b.n] == [
        (1, pytest.approx(0.6), 1.0),
        (2, pytest.approx(0.9), 0.5),
    ]


@pytest.mark.parametrize("n", [1, 40, 2000])
def test_the_ece_by_chance_is_that_of_drawn_labels(n: int) -> None:
    rng = np.random.default_rng(5)
    sure = rng.uniform(0.5, 1.0, n)
    probabilities = np.column_stack([sure, 1 - sure])
    drawn = [calibration_figures(probabilities, (rng.random(n) > sure).astype(np.int64)) for _ in range(1000)]
    by_chance = drawn[0].ece_by_chance
    assert {figures.ece_by_chance for figures in drawn} == {by_chance}
    found = [figures.ece for figures in drawn]
    assert by_chance == pytest.approx(np.mean(found), rel=0.1)
    assert drawn[0].ece_within_chance == pytest.approx(np.quantile(found, 0.95), rel=0.1)


def test_sure_answers_have_no_ece_by_chance() -> None:
    found = calibration_figures(np.eye(2), np.array([0, 1]))
    assert found.ece_by_chance == found.ece_within_chance == 0


def test_bins_cover_all_confidences_once() -> None:
    probabilities = np.array([[1.0, 0.0], [0.5, 0.5], [14 / 15, 1 / 15]])
    bins = calibration_figures(probabilities, np.array([0, 0, 0])).bins
    assert [b.n for b in bins] == [0] * 7 + [1] + [0] * 5 + [1, 1]
    assert (bins[0].low, bins[-1].high, len(bins)) == (0, 1, BINS)


def test_log_loss_is_that_of_scikit_learn() -> None:
    logits, labels = labelled_by(1.5, n=500)
    found = calibration_figures(tempered(logits, 1.0), labels)
    assert found.log_loss == pytest.approx(log_loss(labels, tempered(logits, 1.0)))


def test_a_higher_threshold_answers_less_and_better() -> None:
    coverage = measure_calibration(*(labelled_by(1.0)[0], 1.0, labelled_by(1.0)[1])).coverage
    assert (coverage[0].threshold, coverage[0].coverage) == (0, 1)
    shares = [point.coverage for point in coverage]
    assert shares == sorted(shares, reverse=True)
    assert coverage[-1].accuracy > coverage[0].accuracy + 0.1


def test_where_nothing_is_answered_there_is_no_accuracy() -> None:
    found = measure_calibration(np.zeros((4, 2)), 1.0, np.array([0, 1, 0, 1]))
    assert found.coverage[10].accuracy == 0.5
    assert found.coverage[11].accuracy is None
    assert found.coverage[11].coverage == 0


def test_plots_of_any_confidence() -> None:
    logits, labels = labelled_by(2.0, n=300)
    for scale in (0, 1, 100):
        found = measure_calibration(logits * scale, 2.0, labels)
        for picture in (reliability_plot(found), coverage_plot(found.coverage)):
            assert picture.startswith(b"\x89PNG")
