"""The parts of a recipe about the workbooks: what is read of them, and how it is divided. As `recipe_parts`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from storyflower.cleaning import clean
from storyflower.recipe_bounds import RecipePart, Seed, Share, Text, Texts, Within, require

LabelSet = Literal["major", "fine"] | tuple[str, ...]
RareLabels = Literal["refuse", "merge", "leave_out"]
HeldOutShare = Within(0, 0.5, above_low=True, below_high=True)
Column = Annotated[str, Text(250)]

TAKEN_NAMES = frozenset({"text", "label", "confidence", "best_guess", "불확실"})
"""Columns of a model's answers beside one a label, and the answer below a threshold: no label may be called so."""


@dataclass(frozen=True)
class DataRecipe(RecipePart):
    """Which cells of a workbook are read, and how many bad rows are tolerated."""

    sheet: Annotated[str | None, Text(250, blank=True)] = None
    """Sheet to read; when empty the first, or where that lacks the needed columns the only one that has them."""
    text_columns: Annotated[tuple[str, ...], Texts(1, 32, 250)] = ("사람문장1", "사람문장2")
    """Columns joined with a blank into the text; blank cells are skipped."""
    label_column: Column = "감정_대분류"
    """Column of the (major) label."""
    fine_label_column: Column = "감정_소분류"
    """Column of the minor label; read only when the label set is `fine`."""
    label_set: Annotated[LabelSet, Texts(2, 1000, 100)] = "major"
    """`major` (6 emotions), `fine` (60 major/minor pairs), or the names of your own labels."""
    rare_labels: RareLabels = "refuse"
    """Labels with fewer different training texts than training needs (2; 3 with `validation_share`): `refuse` ends the
    run, `merge` counts a rare fine label as the general one of its major (`슬픔/우울한` as `슬픔/슬픔`), `leave_out`
    sets its rows aside. What is too rare even when merged is left out."""
    max_rejected_share: Share = 0.05
    """Share of rows of a workbook (0 to 1) that may be set aside before the run fails."""
    max_uncompressed_mb: Annotated[int, Within(1, 65_536)] = 2048
    """Largest uncompressed size of a workbook, in MiB: guards against zip bombs."""

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The columns that a label is read from: one, or two where the label set is `fine`."""
        return (self.label_column, self.fine_label_column)[: 2 if self.label_set == "fine" else 1]

    def require_distinct_columns(self) -> None:
        """Raise ValueError where a column stands for two things. To mend a workbook, any columns of it may be read."""
        columns = (*self.text_columns, *self.label_columns)
        require(
            len(set(columns)) == len(columns), "field.columns_twice", field="text_columns", columns=", ".join(columns)
        )

    def _require_consistent(self) -> None:
        require(
            self.rare_labels != "merge" or self.label_set == "fine", "field.merge_without_majors", field="rare_labels"
        )
        if not isinstance(self.label_set, str):
            names = [clean(name) for name in self.label_set]
            require(all(names) and len(set(names)) == len(names), "field.distinct", field="label_set")
            taken = ", ".join(sorted(TAKEN_NAMES.intersection(names)))
            require(not taken, "field.taken", field="label_set", taken=taken)


@dataclass(frozen=True)
class CorpusRecipe(RecipePart):
    """How the development split, and where wanted the validation split, are held out of the training workbooks."""

    dev_share: Annotated[float, HeldOutShare] = 0.1
    """Share of the training examples (0 to 1) held out to choose the best epoch."""
    split_seed: Seed = 2026
    """Seed of the splits."""
    validation_share: Annotated[float | None, HeldOutShare] = None
    """Share of the training texts (0 to 1) held out for validation where no validation workbook is given."""
