"""The label that is answered, given the probabilities of all labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

POWERS = tuple(step / 20 for step in range(21))
"""Powers of the prior that are tried: 0 is the most probable label, 1 that of labels that are equally frequent."""
FEWEST_COUNTED = 30
"""Held-out examples of each label from which macro-F1 is counted by their labels."""


def decide(probabilities: NDArray[np.float64], label_weights: Sequence[float] = ()) -> NDArray[np.int64]:
    """Ids (n,) of the labels that are answered: of the highest probability times weight, of equal ones the first.

    The probabilities themselves stay as they are: a weight says how a label is to be preferred, and not how often it is
    right.

    Args:
        probabilities: (n, c).
        label_weights: c numbers above 0, by label; without them the most probable label is answered.
    """
    decided: NDArray[np.int64] = (probabilities * label_weights if label_weights else probabilities).argmax(axis=1)
    return decided


def runners_up(
    probabilities: NDArray[np.float64], decided: NDArray[np.int64], label_weights: Sequence[float] = ()
) -> NDArray[np.int64]:
    """Ids (n,) of the labels that would be answered if the answered ones did not exist; arguments as in `decide`."""
    others = probabilities.copy()
    others[np.arange(len(others)), decided] = -1.0
    return decide(others, label_weights)


def confidence_of(probabilities: NDArray[np.float64], decided: NDArray[np.int64]) -> NDArray[np.float64]:
    """The confidence (n,) of the answers: the probability of each label that is answered."""
    confidence: NDArray[np.float64] = probabilities[np.arange(len(decided)), decided]
    return confidence


def is_unsure(confidence: NDArray[np.float64], threshold: float | None) -> NDArray[np.bool_]:
    """Whether each answer (n,) is unsure: its confidence is below the threshold. Without one, none is."""
    return confidence < (0.0 if threshold is None else threshold)


def fit_label_weights(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], training_labels: NDArray[np.int64]
) -> tuple[float, ...]:
    """The weights with which held-out examples have the highest macro-F1: a power of each label's inverse frequency.

    Dividing by the whole prior is the decision for balanced recall (Menon et al. 2021, https://arxiv.org/abs/2007.07314);
    macro-F1 lies between it and accuracy. Of powers that are equally good the smallest is taken.

    Where a label has fewer than `FEWEST_COUNTED` of the examples, macro-F1 is the expected one, by the probabilities,
    instead: with a handful of examples of a label the power would follow chance. Calibrated probabilities are the
    better guide for rare labels, true labels the more robust one where there are enough of them (Ye et al. 2012,
    https://arxiv.org/abs/1206.4625).

    Args:
        probabilities: (n, c) of held-out examples, calibrated.
        labels: (n,) their true ids.
        training_labels: ids of the training examples, whose frequencies are the prior.

    Returns:
        c weights, the largest of which is 1, to six decimals; empty where the most probable label is as good.
    """
    classes = probabilities.shape[1]
    counts = np.maximum(np.bincount(training_labels, minlength=classes), 1)
    inverse = counts.min() / counts
    has_enough = np.bincount(labels, minlength=classes).min() >= FEWEST_COUNTED
    truth = np.eye(classes)[labels] if has_enough else probabilities

    def macro_f1(power: float) -> float:
        return expected_macro_f1(truth, decide(probabilities, tuple(inverse**power)))

    best = max(POWERS, key=macro_f1)
    return tuple(round(float(weight), 6) for weight in inverse**best) if best else ()


def expected_macro_f1(probabilities: NDArray[np.float64], decided: NDArray[np.int64]) -> float:
    """Mean F1 of the labels that have a probability, with the counts that are expected of labels that are drawn by it.

    Args:
        probabilities: (n, c), n >= 1.
        decided: (n,) ids of the labels that are answered.
    """
    classes = probabilities.shape[1]
    hits = np.bincount(decided, weights=confidence_of(probabilities, decided), minlength=classes)
    support = probabilities.sum(axis=0)
    f1 = 2 * hits / np.maximum(support + np.bincount(decided, minlength=classes), np.finfo(np.float64).tiny)
    return float(f1[support > 0].mean())
