"""The findings of `storyflower check`: about each workbook, and texts that several workbooks share.

A workbook that cannot be read does not keep the others from being checked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from storyflower.data import repetition
from storyflower.data.labels import label_map
from storyflower.data.planned_corpus import planned_corpus
from storyflower.data.pool import BOOK, pooled
from storyflower.data.rare_labels import (
    LEAST_TEXTS,
    LEAST_TEXTS_HELD_OUT,
    LabelPlan,
    plan_labels,
    refusal,
    texts_by_label,
    too_few,
)
from storyflower.data.rejected import joined_reasons, set_aside
from storyflower.data.repair_report import LabelField
from storyflower.data.schema import CheckedWorkbook, require_acceptable, validate
from storyflower.data.workbook import EXCEL_ROW, read_workbook
from storyflower.errors import DataContractError, WorkbookError
from storyflower.recipe_data import CorpusRecipe, DataRecipe

_REPEATED = {
    **{BOOK: "int64", "text": "str", "text_key": "str", "label": "str", EXCEL_ROW: "int64"},
    **dict.fromkeys(("duplicate", "conflicting_label", "in_training"), "bool"),
}


@dataclass(frozen=True)
class Inspection:
    """The workbooks in the order given, those for training first.

    unreadable: one error for each workbook that could not be read.
    repeated: `book` (number of the workbook), `excel_row`, `text`, `text_key`, `label`, and three masks over all usable
        rows, in which all spellings of a text are the same text (see `repetition`): `duplicate`, `conflicting_label`,
        `in_training`.
    n_training: how many of the workbooks that could be read are for training.
    """

    workbooks: tuple[CheckedWorkbook, ...]
    recipe: DataRecipe
    repeated: pd.DataFrame
    n_training: int
    unreadable: tuple[WorkbookError, ...] = ()

    @property
    def duplicates(self) -> int:
        """Rows beyond the first with the same text and label."""
        return int(self.repeated["duplicate"].sum())

    @property
    def conflicting_labels(self) -> int:
        """Distinct texts that carry more than one label."""
        return int(self.repeated.loc[self.repeated["conflicting_label"], repetition.KEY].nunique())

    @property
    def validation_rows_in_training(self) -> int:
        """Validation rows whose text also stands in training."""
        return int(self.repeated["in_training"].sum())

    @property
    def all_training_in_validation(self) -> bool:
        """Whether no training text would be left, because each stands in validation too."""
        training = self.repeated[self.repeated[BOOK] < self.n_training]
        validation = self.repeated[self.repeated[BOOK] >= self.n_training]
        return not training.empty and bool(repetition.standing_in(training, validation).all())

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found in what could be read; what could be mended does not count."""
        return self.findings.empty

    @cached_property
    def findings(self) -> pd.DataFrame:
        """All findings, breaches first.

        Columns: `book` (number of the workbook), `workbook`, `sheet`, `excel_row`, `column`, `value` (as it stands in
        the column, cleaned; NA where blank), `reason` (code), `text` (of a row whose label contradicts another; else
        empty).
        """
        breaches = [
            checked.violations.assign(book=number, workbook=checked.workbook.location, text="")
            for number, checked in enumerate(self.workbooks)
        ]
        repeats = [self._repeats(reason) for reason in ("in_training", "duplicate", "conflicting_label")]
        columns = ["book", "workbook", "sheet", EXCEL_ROW, "column", "value", "reason", "text"]
        return pd.concat([*breaches, *repeats], ignore_index=True)[columns].astype(
            {"book": "int64", EXCEL_ROW: "int64"}
        )

    def _repeats(self, reason: str) -> pd.DataFrame:
        rows = self.repeated[self.repeated[reason]]
        books = [self.workbooks[number].workbook for number in rows["book"]]
        is_label = reason == "conflicting_label"
        return pd.DataFrame(
            {
                "book": rows["book"],
                "workbook": [book.location for book in books],
                "sheet": [book.sheet for book in books],
                EXCEL_ROW: rows[EXCEL_ROW],
                "column": LabelField.of(self.recipe).column if is_label else ", ".join(self.recipe.text_columns),
                "value": rows["label"] if is_label else rows["text"],
                "reason": reason,
                "text": rows["text"] if is_label else "",
            }
        )

    def label_plan(self, *, held_out: bool) -> LabelPlan:
        """The labels that a training on these workbooks would have.

        Args:
            held_out: whether the validation texts are held out of the workbooks for training.
        """
        training, validation = self._roles(held_out)
        labels = label_map(self.recipe.label_set)
        return plan_labels(training, validation, labels, self.recipe.rare_labels, least=_least(held_out))

    def refused_labels(self, *, held_out: bool) -> dict[str, int]:
        """Labels for which a training would be refused, each with its number of texts; see `label_plan`.

        Where the texts for validation are not known, those for which every training would be.
        """
        training, validation = self._roles(held_out)
        if self.label_plan(held_out=held_out).rare or not training:
            return {}
        return too_few(texts_by_label(training, validation, label_map(self.recipe.label_set)), _least(held_out))

    def refusal_of(self, checked: CheckedWorkbook) -> DataContractError | None:
        """The error by which a training would refuse one of the workbooks, for the share of its bad rows."""
        return _error_of(lambda: require_acceptable(checked, self.recipe))

    def has_validation(self, split: CorpusRecipe) -> bool:
        """Whether the texts for validation are known; otherwise the workbooks may be a part of what is trained on."""
        return split.validation_share is not None or self.n_training < len(self.workbooks)

    def refusal(self, split: CorpusRecipe) -> DataContractError | None:
        """The error by which a training would refuse the usable rows of the workbooks together.

        Where the texts for validation are not known, the one by which every training would; none where a workbook is
        unreadable, since a training is refused for that.
        """
        training, validation = self._roles(held_out=False)
        if self.unreadable or not training:
            return None
        if self.has_validation(split):
            return _error_of(lambda: planned_corpus(training, validation, self.recipe, split))
        short = self.refused_labels(held_out=False)
        labels = label_map(self.recipe.label_set)
        return refusal(short, labels, LEAST_TEXTS, pooled(training).where) if short else None

    def _roles(self, held_out: bool) -> tuple[Sequence[CheckedWorkbook], Sequence[CheckedWorkbook]]:
        """The workbooks for training and, unless they are held out, for validation."""
        return self.workbooks[: self.n_training], () if held_out else self.workbooks[self.n_training :]

    def set_aside(self) -> pd.DataFrame:
        """Every row with a finding, once, with all its reasons: what `write_rejected` takes."""
        frames = []
        for number, checked in enumerate(self.workbooks):
            found = self.findings[self.findings["book"] == number]
            frames.append(set_aside(checked, joined_reasons(zip(found[EXCEL_ROW], found["reason"], strict=True))))
        return pd.concat(frames, ignore_index=True)

    def labels_of(self, checked: CheckedWorkbook) -> dict[str, int]:
        """Usable rows of every label of the label set, in the order of the ids."""
        found = checked.usable["label"].value_counts()
        return {name: int(found.get(name, 0)) for name in label_map(self.recipe.label_set).names}


def inspect(training: Sequence[str], validation: Sequence[str], recipe: DataRecipe, downloads: Path) -> Inspection:
    """Read and judge every workbook, and compare the usable rows of all of them by text and canonical label.

    Those that cannot be read are listed in `unreadable`, and the others are compared without them.
    """
    checked: list[CheckedWorkbook] = []
    unreadable: list[WorkbookError] = []
    n_training = 0
    for number, location in enumerate([*training, *validation]):
        try:
            checked.append(validate(read_workbook(location, recipe, downloads), recipe))
        except WorkbookError as error:
            unreadable.append(error)
        else:
            n_training += number < len(training)
    return Inspection(tuple(checked), recipe, _repeated(checked, n_training), n_training, tuple(unreadable))


def _error_of(judge: Callable[[], object]) -> DataContractError | None:
    try:
        judge()
    except DataContractError as error:
        return error
    return None


def _least(held_out: bool) -> int:
    return LEAST_TEXTS_HELD_OUT if held_out else LEAST_TEXTS


def _repeated(checked: Sequence[CheckedWorkbook], n_training: int) -> pd.DataFrame:
    """The texts for `Inspection.repeated`; the first `n_training` workbooks are those for training."""
    if not checked:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _REPEATED.items()})
    examples = pooled(checked).rows
    in_validation = examples[BOOK] >= n_training
    return examples.assign(
        duplicate=repetition.duplicates(examples),
        conflicting_label=repetition.conflicting(examples),
        in_training=in_validation & repetition.standing_in(examples, examples[~in_validation]),
    )
