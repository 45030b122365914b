"""The rows set aside, as a workbook that a person opens, mends and hands in again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from storyflower.cleaning import clean
from storyflower.data.formulas import failed, is_formula
from storyflower.data.mapped import ROWS_AT_ONCE
from storyflower.data.repair_report import LabelField, RepairLine, write_report
from storyflower.data.schema import CheckedWorkbook
from storyflower.data.suggestions import nearest_label
from storyflower.data.workbook import EXCEL_ROW
from storyflower.messages import say
from storyflower.recipe_data import DataRecipe

PROVENANCE = ("workbook", "workbook_sha256", "sheet", EXCEL_ROW)
"""The source of a row: the workbook's location and SHA-256, its sheet, and the row number that Excel shows."""

_ABOUT_THE_LABEL = ("no_label", "unknown_label", "labels_contradict", "conflicting_label", "rare_label")
_OF_FORMULAS: dict[str, Callable[[str], bool]] = {"formula_failed": failed, "formula_without_value": is_formula}
_SAME_TEXT = "same_text_at"
_WIDTH_OF_CELLS = 40


def set_aside(checked: CheckedWorkbook, reasons: "pd.Series[str]") -> pd.DataFrame:
    """The rows named in `reasons` (Excel row → reason codes) as they stand in the workbook, with their provenance."""
    frame = checked.workbook.frame
    rows = frame[frame[EXCEL_ROW].isin(reasons.index)]
    source = {
        "workbook": checked.workbook.location,
        "workbook_sha256": checked.workbook.sha256,
        "sheet": checked.workbook.sheet,
        EXCEL_ROW: rows[EXCEL_ROW],
        "reason": rows[EXCEL_ROW].map(reasons),
    }
    cells = rows.drop(columns=EXCEL_ROW)
    found = pd.concat([pd.DataFrame(source, index=rows.index), cells], axis=1).reset_index(drop=True)
    return found.astype({str(column): "int64" if column == EXCEL_ROW else "str" for column in found})


def write_rejected(path: Path, rows: pd.DataFrame, recipe: DataRecipe) -> None:
    """Write rows as `set_aside` gives them to an .xlsx to be mended: one line a wrong cell, see `repair_report`.

    `same_text_at`, where the rows have it, gives the place of the row that a row repeats, in a column of its own.
    OSError when it cannot be written.
    """
    label = LabelField.of(recipe)
    columns = [str(column) for column in rows if column not in (*PROVENANCE, "reason")]
    widths = {say(column) if column == _SAME_TEXT else column: _WIDTH_OF_CELLS for column in columns}
    lines = _LinesOf(rows, partial(_lines, columns=columns, recipe=recipe, label=label))
    write_report(path, say("set_aside_sheet"), lines, label, widths)


def joined_reasons(pairs: Iterable[tuple[int, str]]) -> "pd.Series[str]":
    """From (Excel row, reason code) pairs to one entry a row, its codes joined with commas, each once."""
    codes: dict[int, list[str]] = {}
    for row, code in pairs:
        if code not in codes.setdefault(row, []):
            codes[row].append(code)
    return pd.Series({row: ",".join(found) for row, found in codes.items()}, dtype="str")


@dataclass(frozen=True)
class _LinesOf:
    """The lines about rows, made anew each time they are asked for: in memory they take several times their rows."""

    rows: pd.DataFrame
    of_row: Callable[[dict[Any, Any]], list[RepairLine]]

    def __iter__(self) -> Iterator[RepairLine]:
        for start in range(0, len(self.rows), ROWS_AT_ONCE):
            some = self.rows.iloc[start : start + ROWS_AT_ONCE]
            for row in some.astype("object").where(some.notna(), None).to_dict("records"):
                yield from self.of_row(row)


def _lines(row: dict[Any, Any], columns: Sequence[str], recipe: DataRecipe, label: LabelField) -> list[RepairLine]:
    """The wrong cells of a row, each with the reasons that concern it."""
    reasons: dict[str, list[str]] = {}
    for code in row["reason"].split(","):
        for column in _columns(code, row, recipe, label):
            reasons.setdefault(column, []).append(code)
    found = []
    for column, codes in reasons.items():
        value = _joined_label(row, label) if column == label.column else row[column]
        suggestion = nearest_label(value, label.names) if value and "unknown_label" in codes else None
        found.append(
            RepairLine(
                **{name: row[name] for name in PROVENANCE},
                column=column,
                value=value,
                reason="; ".join(say(code) for code in codes),
                suggested_value=suggestion,
                context=tuple(row[name] for name in columns),
            )
        )
    return found


def _columns(code: str, row: dict[Any, Any], recipe: DataRecipe, label: LabelField) -> list[str]:
    """The columns that a reason concerns, by the names that reports give them; of a text its first utterance."""
    if code in _ABOUT_THE_LABEL:
        return [label.column]
    if code in _OF_FORMULAS:
        is_meant = _OF_FORMULAS[code]
        meant = [name for name in (*recipe.text_columns, *label.columns) if row[name] and is_meant(clean(row[name]))]
        return list(dict.fromkeys(label.column if name in label.columns else name for name in meant))
    return [next((name for name in recipe.text_columns if row[name]), recipe.text_columns[0])]


def _joined_label(row: dict[Any, Any], label: LabelField) -> str | None:
    cells = [row[column] for column in label.columns]
    return "/".join(cell or "" for cell in cells) if any(cells) else None
