"""Accuracy, macro-F1, log loss and scores by label of a set of predictions."""

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, precision_recall_fscore_support

from storyflower.model.decision import confidence_of


@dataclass(frozen=True)
class LabelScore:
    """One label's scores (0 to 1); a ratio without a denominator, such as the recall of an absent label, is 0."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    """Examples whose true label this is."""


@dataclass(frozen=True)
class Evaluation:
    """The figures of one model on one labelled set."""

    n: int
    """Examples."""
    accuracy: float
    """Share (0 to 1) of examples whose predicted label is the true one."""
    macro_f1: float
    """See `macro_f1`."""
    log_loss: float
    """Mean of -ln(probability of the true label), in nats; 0 is perfect."""
    per_label: tuple[LabelScore, ...]
    """One entry a name of the label map, in its order, occurring or not."""
    confusion: tuple[tuple[int, ...], ...]
    """Counts (c, c): row = true label, column = predicted label, in the label map's order."""

    @property
    def names(self) -> tuple[str, ...]:
        """The label names, in the order of the rows and columns of `confusion`."""
        return tuple(score.label for score in self.per_label)

    def to_json(self) -> dict[str, Any]:
        """The figures as plain dicts, lists and numbers."""
        return asdict(self) | {
            "per_label": [asdict(score) for score in self.per_label],
            "confusion": [list(row) for row in self.confusion],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Evaluation":
        """The evaluation that `to_json` wrote; what else stands beside its figures is left out."""
        own = {field.name: values[field.name] for field in fields(cls)}
        scores = tuple(LabelScore(**score) for score in values["per_label"])
        return cls(**own | {"per_label": scores, "confusion": tuple(tuple(row) for row in values["confusion"])})


def evaluate_predictions(
    labels: np.ndarray, probabilities: np.ndarray, names: tuple[str, ...], predicted: np.ndarray | None = None
) -> Evaluation:
    """Evaluate predicted probabilities against the true labels.

    The prediction is the most probable label, and of equally probable ones the first in the label map, unless
    `predicted` holds the answers.

    Args:
        labels: true label ids, int (n,).
        probabilities: float (n, c), each row between 0 and 1 and of sum 1.
        names: the c label names by id.
        predicted: the answered label ids, int (n,).

    Raises:
        ValueError: no examples, shapes that do not fit, an id outside the names, or rows that are no distributions.
    """
    _require_distributions(labels, probabilities, names)
    counted = CountedPredictions(names)
    exact = probabilities.astype(np.float64)
    answered = probabilities.argmax(axis=1) if predicted is None else predicted
    counted.add(labels, exact / exact.sum(axis=1, keepdims=True), answered)
    return counted.evaluation()


def macro_f1(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Mean F1 (0 to 1) of the labels that occur in the truth.

    They are the same for every model that answers the examples. Over the labels that occur in the truth or in the
    answers, as scikit-learn has it by default, a model that answers an absent label even once would be divided by one
    label more than its competitor. Such an answer still costs the recall of the label that is true.

    Args:
        labels: true ids (n,).
        predicted: answered ids (n,).
    """
    return float(f1_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0.0))


def _require_distributions(labels: np.ndarray, probabilities: np.ndarray, names: tuple[str, ...]) -> None:
    if len(labels) == 0:
        raise ValueError("there is nothing to evaluate: no examples")
    if labels.shape != (len(labels),) or probabilities.shape != (len(labels), len(names)):
        raise ValueError(f"labels {labels.shape} and probabilities {probabilities.shape} do not fit {len(names)} names")
    if labels.min() < 0 or labels.max() >= len(names):
        raise ValueError(f"a label id lies outside the {len(names)} names")
    # NaN fails both comparisons.
    if not ((probabilities >= 0).all() and np.allclose(probabilities.sum(axis=1), 1, atol=1e-3)):
        raise ValueError("probabilities must not be negative and each row must have the sum 1")


class CountedPredictions:
    """Counts of true and predicted labels; `evaluation` gives what `evaluate_predictions` would of all pieces."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._confusion = np.zeros((len(names), len(names)), np.int64)
        self._log_loss = 0.0

    def add(self, labels: NDArray[np.int64], probabilities: NDArray[np.float64], predicted: NDArray[np.int64]) -> None:
        """Count n predictions.

        Args:
            labels: true label ids (n,).
            probabilities: (n, c), each row of sum 1.
            predicted: the answered label ids (n,).
        """
        np.add.at(self._confusion, (labels, predicted), 1)
        true = confidence_of(probabilities, labels)
        self._log_loss -= float(np.log(np.clip(true, np.finfo(np.float64).eps, 1)).sum())

    @property
    def n(self) -> int:
        """Predictions counted so far."""
        return int(self._confusion.sum())

    def evaluation(self) -> Evaluation:
        """The figures; see `evaluate_predictions` for their definitions.

        Raises:
            ValueError: nothing was counted.
        """
        if not self.n:
            raise ValueError("there is nothing to evaluate: no examples")
        ids = np.arange(len(self._names))
        true, answered = self._confusion.nonzero()
        pairs = {"y_true": true, "y_pred": answered, "sample_weight": self._confusion[true, answered]}
        precision, recall, f1, support = precision_recall_fscore_support(**pairs, labels=ids, zero_division=0.0)
        return Evaluation(
            n=self.n,
            accuracy=float(np.trace(self._confusion) / self.n),
            macro_f1=float(f1[support > 0].mean()),
            log_loss=self._log_loss / self.n,
            per_label=tuple(
                LabelScore(name, float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]))
                for i, name in enumerate(self._names)
            ),
            confusion=tuple(tuple(row) for row in self._confusion.tolist()),
        )
