"""Predictions as a table with the place of every example in its workbook, and the mistakes in it worth reading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from storyflower.model.decision import confidence_of

PREDICTIONS_FILE = "predictions.parquet"
_PROBABILITY = "p_"
PROVENANCE = ["workbook_sha256", "sheet", "excel_row"]
MOST_ERRORS = 200
"""Rows of `likely_label_errors`: about what a person reads in an hour."""


@dataclass(frozen=True)
class Confusion:
    """A true label and the wrong label predicted for it."""

    label: str
    predicted: str
    count: int
    """Examples of `label` that were predicted as `predicted`."""
    share: float
    """That count over all examples of `label` (0 to 1)."""
    examples: tuple[str, ...]
    """Texts confused this way, by falling confidence."""


def prediction_frame(
    corpus_frame: pd.DataFrame, probabilities: np.ndarray, names: Sequence[str], predicted: np.ndarray | None = None
) -> pd.DataFrame:
    """One row an example, in the frame's order.

    Args:
        corpus_frame: n rows of a corpus, with `text`, `label` (id) and the provenance columns.
        probabilities: float (n, c), in the frame's order.
        names: the c label names by id.
        predicted: the answered label ids, int (n,); the most probable ones without it.

    Returns:
        A frame of n rows: `workbook_sha256`, `sheet`, `excel_row` (from 1), `text`, `label` and `predicted` (names),
        `confidence` (the predicted label's probability), `correct`, and one column `p_<name>` a label.

    Raises:
        ValueError: the shapes do not fit.
    """
    if probabilities.shape != (len(corpus_frame), len(names)):
        raise ValueError(
            f"probabilities {probabilities.shape} do not fit {len(corpus_frame)} rows × {len(names)} names"
        )
    by_id = np.array(names, dtype=object)
    predicted = probabilities.argmax(axis=1) if predicted is None else predicted
    table = corpus_frame[[*PROVENANCE, "text"]].reset_index(drop=True)
    table["label"] = by_id[corpus_frame["label"].to_numpy()]
    table["predicted"] = by_id[predicted]
    table["confidence"] = confidence_of(probabilities, predicted)
    table["correct"] = corpus_frame["label"].to_numpy() == predicted
    by_label = pd.DataFrame(probabilities, columns=[f"{_PROBABILITY}{name}" for name in names])
    return pd.concat([table, by_label], axis=1)


def labels_of(columns: Iterable[str]) -> tuple[str, ...]:
    """The label names by id, from the columns of a table of `prediction_frame`."""
    return tuple(column.removeprefix(_PROBABILITY) for column in columns if column.startswith(_PROBABILITY))


def worst_confusions(predictions: pd.DataFrame, *, pairs: int = 6, examples: int = 3) -> list[Confusion]:
    """The (true, predicted) pairs by falling number of mistakes; of equal numbers the surest mistake comes first.

    Args:
        predictions: a table of `prediction_frame`.
        pairs: how many pairs at most.
        examples: how many texts a pair at most.
    """
    support = predictions["label"].value_counts()
    wrong = predictions[~predictions["correct"]].sort_values("confidence", ascending=False, kind="stable")
    counts = wrong.groupby(["label", "predicted"], sort=False).size().sort_values(ascending=False, kind="stable")
    confusions = []
    for place, count in counts.head(pairs).items():
        label, predicted = cast(tuple[str, str], place)
        texts = wrong.loc[(wrong["label"] == label) & (wrong["predicted"] == predicted), "text"]
        share = float(count / support[label])
        confusions.append(Confusion(label, predicted, int(count), share, tuple(texts.head(examples))))
    return confusions


def likely_label_errors(predictions: pd.DataFrame) -> pd.DataFrame:
    """The wrong predictions of a table of `prediction_frame`, by falling confidence, `MOST_ERRORS` at most.

    Many of them are wrong labels rather than wrong predictions (Northcutt et al. 2021, Confident Learning).
    """
    wrong = predictions[~predictions["correct"]]
    return wrong.sort_values("confidence", ascending=False, kind="stable").head(MOST_ERRORS)
