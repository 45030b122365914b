"""What a user asks for when an input is scored."""

from dataclasses import dataclass

import pandas as pd

from storyflower.data.labels import FINE, MAJORS, canonical_label
from storyflower.data.text_columns import WantedColumns
from storyflower.errors import InputError
from storyflower.messages import problem
from storyflower.recipe_data import DataRecipe, LabelSet
from storyflower.scoring.model import ScoringModel

_RECIPE = DataRecipe()


@dataclass(frozen=True)
class ScoreOptions:
    """How an input is scored, apart from the model."""

    columns: tuple[str, ...] = ()
    """Text columns; those of the model, or else the usual ones, where none is named."""
    threshold: float | None = None
    """Confidence (0 to 1) below which an answer counts as unsure."""
    all_labels: bool = False
    """Whether a column of probabilities is added for every label."""
    evaluate: bool = False
    """Whether the answers are compared with labels in the input."""
    label_column: str = ""
    """Column of the true labels; the corpus's own where empty."""

    def __post_init__(self) -> None:
        """Raise InputError where the threshold is no confidence."""
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise problem(InputError, "bad_threshold", "threshold", threshold=self.threshold)

    def wanted(self, model: ScoringModel) -> WantedColumns:
        """The columns to look for in the input."""
        labels: tuple[str, ...] = ()
        if self.evaluate:
            labels = (self.label_column or _RECIPE.label_column,)
            if label_set_of(model) == "fine" and not self.label_column:
                labels = (*labels, _RECIPE.fine_label_column)
        return WantedColumns(self.columns, model.text_columns, labels)


def label_set_of(model: ScoringModel) -> LabelSet:
    """The set of labels that a model knows, by which the cells of labels are read; a part of `fine` is read as `fine`.

    A model knows a part of it where rare labels were merged or left out (`DataRecipe.rare_labels`).
    """
    labels = frozenset(model.labels)
    if labels <= frozenset(FINE):
        return "fine"
    return "major" if labels == frozenset(MAJORS) else model.labels


def true_ids(rows: pd.DataFrame, model: ScoringModel) -> list[int]:
    """The id of each row's true label in the order of the model's labels; -1 where the model knows none such.

    A label that training counted as another counts as that here too.

    Args:
        rows: as `scorable_rows` gives them, with label cells.
        model: whose labels count.
    """
    labels = rows[[name for name in rows.columns if str(name).startswith("label_")]].fillna("")
    cells = list(labels.itertuples(index=False, name=None))
    label_set = label_set_of(model)
    ids = {name: number for number, name in enumerate(model.labels)}
    ids |= {name: ids[target] for name, target in model.merged_labels.items()}
    known = {row: _id(row, label_set, ids) for row in set(cells)}
    return [known[row] for row in cells]


def _id(row: tuple[str, ...], label_set: LabelSet, ids: dict[str, int]) -> int:
    if len(row) == 1 and row[0] in ids:  # one column may hold fine labels whole, as `기쁨/감사하는`
        return ids[row[0]]
    return ids.get(canonical_label(label_set, *row) or "", -1)
