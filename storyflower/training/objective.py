"""The loss that training minimises, and the scores by which the best epoch is chosen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from storyflower.model.decision import expected_macro_f1


@dataclass(frozen=True)
class Scores:
    """Loss and scores of logits against labels."""

    loss: float
    """Mean cross-entropy, in nats."""
    accuracy: float
    macro_f1: float
    """Mean F1 of the labels that occur in the truth."""


def losses_of(logits: Tensor, targets: Tensor, class_weights: Tensor | None) -> Tensor:
    """(n,) cross-entropy of each example, times the weight of its label; in distributions each label has its weight.

    The loss of a batch is their sum divided by the number of examples, not by the sum of their weights, so that the
    weight of a batch depends on its size alone, and not on its labels.

    Args:
        logits: (n, classes).
        targets: (n,) label ids, or (n, classes) distributions over the labels.
        class_weights: (classes,); None: all are 1.
    """
    return cross_entropy(logits, targets, weight=class_weights, reduction="none")


def divergences_of(logits: Tensor, others: Tensor) -> Tensor:
    """(n,) Kullback-Leibler divergence between two predictions of each example, mean of both directions, in nats.

    Args:
        logits: (n, classes).
        others: (n, classes) logits of the same examples.
    """
    p, q = logits.log_softmax(dim=1), others.log_softmax(dim=1)
    return 0.5 * ((p.exp() - q.exp()) * (p - q)).sum(dim=1)


def softened(labels: NDArray[np.int64], probabilities: NDArray[np.floating[Any]], weight: float) -> NDArray[np.float32]:
    """(n, classes) targets of a distillation: the label with 1 - `weight`, a teacher's probabilities with `weight`.

    The cross-entropy against them is the weighted mean of those against the label and against the teacher, as in
    Hinton et al. 2015 (https://arxiv.org/abs/1503.02531) at the temperature 1.

    Args:
        labels: (n,) true ids.
        probabilities: (n, classes) of the teacher.
        weight: 0 to 1.
    """
    one_hot = np.eye(probabilities.shape[1])[labels]
    return ((1 - weight) * one_hot + weight * probabilities).astype(np.float32)


def inverse_frequencies(labels: NDArray[np.int64], n_classes: int, power: float = 1.0) -> NDArray[np.float32]:
    """Weights inverse to the labels' counts to a power, of mean 1 over the examples; 0 for a label without any.

    The square root (0.5) lies between the labels as they occur and a loss in which each label counts alike.

    Args:
        labels: (n,) ids.
        n_classes: size of the label map.
        power: above 0, at most 1.

    Returns:
        (n_classes,)
    """
    counts = np.bincount(labels, minlength=n_classes)
    present = counts > 0
    weights = np.zeros(n_classes)
    weights[present] = len(labels) / (present.sum() * counts[present])
    if power != 1.0:
        weights[present] **= power
        weights /= weights[labels].mean()
    return weights.astype(np.float32)


def score(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> Scores:
    """Score logits, shape (n, classes), against labels, shape (n,), n >= 1."""
    loss = cross_entropy(torch.from_numpy(logits).double(), torch.from_numpy(labels)).item()
    predicted, truth = logits.argmax(axis=1), np.eye(logits.shape[1])[labels]
    return Scores(loss, float((predicted == labels).mean()), expected_macro_f1(truth, predicted))
