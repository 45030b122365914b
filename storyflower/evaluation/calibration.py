"""Calibration: fitting a temperature, and measuring how well confidences agree with accuracy."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binom

from storyflower.model.decision import confidence_of, is_unsure

BINS = 15
"""Equal-width bins of the expected calibration error, as in Guo et al. 2017."""
COLDEST, HOTTEST = 0.05, 20.0
THRESHOLDS = tuple(step / 20 for step in range(20))
"""Confidence thresholds of the coverage curve: 0, 0.05 … 0.95."""


@dataclass(frozen=True)
class ReliabilityBin:
    """The examples whose confidence lies in (low, high]."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean confidence (0 to 1); 0 in an empty bin."""
    accuracy: float
    """Share (0 to 1) that is right; 0 in an empty bin."""


@dataclass(frozen=True)
class CalibrationFigures:
    """Calibration errors of one set of probabilities."""

    ece: float
    """Expected calibration error (0 to 1): mean distance of accuracy and confidence over the bins, by examples."""
    brier: float
    """Mean over the examples of the squared error summed over the labels (0 to 2; Brier 1950); 0 is perfect."""
    log_loss: float
    """Mean of -ln(probability of the true label), in nats."""
    bins: tuple[ReliabilityBin, ...]

    @property
    def ece_by_chance(self) -> float:
        """The ECE (0 to 1) to expect of a perfectly calibrated model that has these confidences on as many examples.

        A bin's accuracy then differs from its confidence by the chance of its draws alone, on average by the mean
        absolute deviation of a binomial distribution (De Moivre's formula; Diaconis and Zabell 1991). ECE is never
        zero for that reason: few examples have a large one whatever the model (consistency resampling, Bröcker and
        Smith 2007, simulates the same).
        """
        n, p = self._filled
        deviations = 2 * n * p * (1 - p) * binom.pmf(np.floor(n * p), n - 1, p)
        return float(deviations.sum() / n.sum())

    @property
    def ece_within_chance(self) -> float:
        """The ECE (0 to 1) that such a model exceeds once in twenty times, by 10,000 drawn sets of labels."""
        n, p = self._filled
        right = np.random.default_rng(0).binomial(n, p, (10_000, len(n)))
        return float(np.quantile(np.abs(right - n * p).sum(axis=1) / n.sum(), 0.95))

    @property
    def _filled(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Examples and mean confidence of each bin that is not empty."""
        filled = [b for b in self.bins if b.n]
        return np.array([b.n for b in filled]), np.array([b.confidence for b in filled])


@dataclass(frozen=True)
class CoveragePoint:
    """Coverage and accuracy when predictions below a confidence are withheld."""

    threshold: float
    coverage: float
    """Share (0 to 1) of the examples whose confidence reaches the threshold."""
    accuracy: float | None
    """Share (0 to 1) of those that is right; None where no example reaches the threshold."""


@dataclass(frozen=True)
class Calibration:
    """Calibration on examples that the temperature was not fitted on."""

    temperature: float
    before: CalibrationFigures
    """Of the plain softmax."""
    after: CalibrationFigures
    """Of the softmax at the temperature, which the model returns."""
    coverage: tuple[CoveragePoint, ...]
    """Of the probabilities after, one point a threshold of `THRESHOLDS`."""

    def to_json(self) -> dict[str, Any]:
        """The figures as plain dicts, lists and numbers."""
        return asdict(self)


def tempered(logits: NDArray[np.floating[Any]], temperature: float) -> NDArray[np.float64]:
    """Probabilities float64 (n, c): softmax(logits / temperature), computed in float64."""
    probabilities: NDArray[np.float64] = softmax(logits.astype(np.float64) / temperature, axis=1)
    return probabilities


def fit_temperature(logits: NDArray[np.floating[Any]], labels: NDArray[np.int64]) -> float:
    """The temperature whose softmax has the smallest log loss on held-out examples (Guo et al. 2017).

    It never changes which label is the most probable. The true label counts n / (n + 1) and the rest is spread evenly,
    after Platt (1999): else a model that has every held-out example right would be made infinitely sure of itself.

    Args:
        logits: (n, c), n at least 1.
        labels: true ids (n,).

    Returns:
        A temperature between 0.05 and 20, to four decimals, so that it does not carry the noise of the last bits.
    """
    n, classes = len(labels), logits.shape[1]
    exact = logits.astype(np.float64)
    targets = (np.eye(classes)[labels] * n + 1 / classes) / (n + 1)

    def loss(log_temperature: float) -> float:
        return -float((targets * log_softmax(exact / np.exp(log_temperature), axis=1)).sum()) / n

    # The loss is convex in 1 / temperature, so that it has one valley in its logarithm too.
    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    return round(float(np.exp(found.x)), 4)


def measure_calibration(
    logits: NDArray[np.floating[Any]],
    temperature: float,
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64] | None = None,
) -> Calibration:
    """Calibration before and after the temperature, and coverage and accuracy by confidence threshold.

    Args:
        logits: (n, c), n at least 1, of examples that the temperature was not fitted on.
        temperature: as `fit_temperature` found it on other examples.
        labels: true ids (n,).
        predicted: the answered label ids (n,), for the coverage; the most probable ones without it.
    """
    after = tempered(logits, temperature)
    answered = after.argmax(axis=1) if predicted is None else predicted
    return Calibration(
        temperature=temperature,
        before=calibration_figures(tempered(logits, 1.0), labels),
        after=calibration_figures(after, labels),
        coverage=_coverage(confidence_of(after, answered), answered == labels),
    )


def calibration_figures(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> CalibrationFigures:
    """ECE, Brier score and log loss of probabilities (n, c) against the true ids (n,), n at least 1."""
    bins = _bins(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)
    of_true = confidence_of(probabilities, labels)
    return CalibrationFigures(
        ece=sum(b.n * abs(b.accuracy - b.confidence) for b in bins) / len(labels),
        brier=float(((probabilities - np.eye(probabilities.shape[1])[labels]) ** 2).sum(axis=1).mean()),
        log_loss=float(-np.log(np.maximum(of_true, np.finfo(np.float64).tiny)).mean()),
        bins=bins,
    )


def _bins(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    bin_of = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    counts = np.bincount(bin_of, minlength=BINS)
    means = [np.bincount(bin_of, weights=w, minlength=BINS) / np.maximum(counts, 1) for w in (confidence, right)]
    return tuple(
        ReliabilityBin(i / BINS, (i + 1) / BINS, int(counts[i]), float(means[0][i]), float(means[1][i]))
        for i in range(BINS)
    )


def _coverage(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[CoveragePoint, ...]:
    points = []
    for threshold in THRESHOLDS:
        answered = ~is_unsure(confidence, threshold)
        accuracy = float(right[answered].mean()) if answered.any() else None
        points.append(CoveragePoint(threshold, float(answered.mean()), accuracy))
    return tuple(points)
