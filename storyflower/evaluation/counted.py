"""An evaluation of predictions that are counted piece by piece, so that they need not lie in memory at once."""

import numpy as np
import numpy.typing as npt

from storyflower.evaluation.metrics import Evaluation, LabelScore


class CountedPredictions:
    """Counts of true and predicted labels; `evaluation` gives what `evaluate_predictions` would of all pieces."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._confusion = np.zeros((len(names), len(names)), np.int64)
        self._log_loss = 0.0

    def add(
        self, labels: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64], predicted: npt.NDArray[np.int64]
    ) -> None:
        """Count n predictions.

        Args:
            labels: true label ids (n,).
            probabilities: (n, c), each row of sum 1.
            predicted: the answered label ids (n,).
        """
        np.add.at(self._confusion, (labels, predicted), 1)
        true = probabilities[np.arange(len(labels)), labels]
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
        hits, support, predicted = np.diag(self._confusion), self._confusion.sum(axis=1), self._confusion.sum(axis=0)
        precision, recall = _ratio(hits, predicted), _ratio(hits, support)
        f1 = _ratio(2 * hits, support + predicted)
        occurring = support + predicted > 0
        return Evaluation(
            n=self.n,
            accuracy=float(hits.sum() / self.n),
            macro_f1=float(f1[occurring].mean()),
            log_loss=self._log_loss / self.n,
            per_label=tuple(
                LabelScore(name, float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]))
                for i, name in enumerate(self._names)
            ),
            confusion=tuple(tuple(row) for row in self._confusion.tolist()),
        )


def _ratio(above: npt.NDArray[np.int64], below: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The quotients (c,), 0 where there is no denominator."""
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
