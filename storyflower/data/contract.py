"""The contract that each row of a workbook must keep, and the list of all breaches of it."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import pandas as pd
import pandera.pandas as pa

from storyflower.data.formulas import failed, is_formula
from storyflower.data.headers import needed_columns
from storyflower.data.labels import MINORS, canonical_label, contradict
from storyflower.data.workbook import EXCEL_ROW
from storyflower.recipe_data import DataRecipe

REASONS = ("formula_failed", "formula_without_value", "no_text", "no_label", "unknown_label", "labels_contradict")
"""Why a row is rejected, in the order in which the first reason of a row is found."""

_REASON_OF_CHECK = {"not_nullable": "no_label"}  # the other checks are named after their reason
_OF_ONE_CELL = ("formula_failed", "formula_without_value", "no_label")

T = TypeVar("T")


def reasons_of(recipe: DataRecipe) -> tuple[str, ...]:
    """The reasons for which rows may be rejected: of a major label the minor one beside it is not looked at."""
    return REASONS if recipe.label_set == "fine" else tuple(name for name in REASONS if name != "labels_contradict")


def contract(recipe: DataRecipe) -> pa.DataFrameSchema:
    """The schema of the cleaned cells: some text, a label, one that the label set holds, and no formula in either."""
    labels = [column for column in needed_columns(recipe) if column not in recipe.text_columns]
    return pa.DataFrameSchema(
        {
            **{column: pa.Column(str, _no_formula(), nullable=True) for column in recipe.text_columns},
            **{column: pa.Column(str, _no_formula(), nullable=False) for column in labels},
            EXCEL_ROW: pa.Column(int, pa.Check.ge(1), unique=True),
        },
        checks=[
            pa.Check(partial(_has_text, recipe=recipe), name="no_text", ignore_na=False),
            pa.Check(partial(_knows_label, recipe=recipe), name="unknown_label", ignore_na=False),
            pa.Check(partial(_labels_agree, recipe=recipe), name="labels_contradict", ignore_na=False),
        ],
        name="감성 대화",
    )


def violations_of(cleaned: pd.DataFrame, recipe: DataRecipe) -> pd.DataFrame:
    """Every breach: `row` (index of `cleaned`), `excel_row`, `column`, `value` (NA where blank), `reason`, in order."""
    try:
        contract(recipe).validate(cleaned, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        cases = pd.DataFrame({"check": [], "column": [], "index": []})
    reasons = cases["check"].replace(_REASON_OF_CHECK)
    # A breach of the row as a whole is listed by pandera once for each column.
    columns = cases["column"].where(reasons.isin(_OF_ONE_CELL), "")
    breaches = cases.assign(reason=reasons, column=columns).astype({"index": "int64"})
    breaches = breaches.drop_duplicates(["index", "reason", "column"])
    named = [
        _named(cleaned.loc[row], recipe, column, reason)
        for row, column, reason in zip(breaches["index"], breaches["column"], breaches["reason"], strict=True)
    ]
    listed = pd.DataFrame(named, columns=["column", "value", "reason"], dtype="str")
    listed = listed.assign(row=list(breaches["index"]), rank=[REASONS.index(reason) for reason in listed["reason"]])
    listed[EXCEL_ROW] = cleaned.loc[listed["row"], EXCEL_ROW].to_numpy(dtype="int64")
    return listed.sort_values(["row", "rank"], kind="stable").drop(columns="rank")


def labels_of(cleaned: pd.DataFrame, recipe: DataRecipe) -> "pd.Series[str]":
    """The canonical label of each row, NA where the label set holds none."""
    names = _of_label_cells(cleaned, recipe, partial(canonical_label, recipe.label_set))
    return pd.Series(names, index=cleaned.index, dtype="str")


def any_cell(cells: pd.DataFrame, has: Callable[[str], bool]) -> "pd.Series[bool]":
    """For each row, whether `has` holds for one of its cells."""
    found = [cells[column].map(has, na_action="ignore").eq(True) for column in cells]
    return pd.concat(found, axis=1).any(axis=1)


def is_no_text(cell: str) -> bool:
    """Whether a cleaned cell holds a formula without a value, or one that failed."""
    return failed(cell) or is_formula(cell)


def _no_formula() -> list[pa.Check]:
    return [
        pa.Check(lambda cells: ~cells.map(failed).astype(bool), name="formula_failed"),
        pa.Check(lambda cells: ~cells.map(is_formula).astype(bool), name="formula_without_value"),
    ]


def _has_text(cleaned: pd.DataFrame, recipe: DataRecipe) -> "pd.Series[bool]":
    return cleaned[list(recipe.text_columns)].notna().any(axis=1)


def _knows_label(cleaned: pd.DataFrame, recipe: DataRecipe) -> "pd.Series[bool]":
    """True also where a label is blank, a formula or contradicts itself: that is another breach."""
    cells = cleaned[list(recipe.label_columns)]
    known = labels_of(cleaned, recipe).notna() | ~_labels_agree(cleaned, recipe)
    return known | cells.isna().any(axis=1) | any_cell(cells, is_no_text)


def _labels_agree(cleaned: pd.DataFrame, recipe: DataRecipe) -> "pd.Series[bool]":
    """False where the major and the minor label name different labels."""
    return ~pd.Series(_of_label_cells(cleaned, recipe, contradict), index=cleaned.index, dtype="bool")


def _of_label_cells(cleaned: pd.DataFrame, recipe: DataRecipe, find: Callable[..., T]) -> list[T]:
    """What `find` returns for the label cells of each row; it is asked once for cells that are the same."""
    given = cleaned[list(recipe.label_columns)].fillna("")
    rows = list(zip(*(given[column] for column in given), strict=True))
    found = {cells: find(*cells) for cells in set(rows)}
    return [found[cells] for cells in rows]


def _named(cells: "pd.Series[Any]", recipe: DataRecipe, column: str, reason: str) -> tuple[str, str | None, str]:
    """A breach in a row of cleaned cells: the column to mend, the value found there, the reason."""
    if reason == "no_text":
        return ", ".join(recipe.text_columns), None, reason
    if reason in _OF_ONE_CELL:
        return column, None if reason == "no_label" else str(cells[column]), reason
    if reason == "labels_contradict":
        return recipe.fine_label_column, str(cells[recipe.fine_label_column]), reason
    is_minor = recipe.label_set == "fine" and cells[recipe.label_column] in MINORS
    column = recipe.fine_label_column if is_minor else recipe.label_column
    return column, str(cells[column]), reason
