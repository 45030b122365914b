"""The data contract: what a row must hold to be trained on, and a full account of the rows that do not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from storyflower.cleaning import clean, had_invisible, had_loose_whitespace
from storyflower.data.formulas import failed, is_formula
from storyflower.data.headers import SLICE_COLUMNS, needed_columns
from storyflower.data.labels import MINORS, canonical_label, has_code, spaced_unusually
from storyflower.data.workbook import EXCEL_ROW, Workbook
from storyflower.errors import DataContractError
from storyflower.messages import problem, say
from storyflower.recipe_parts import DataRecipe
from storyflower.utterances import clean_cells, join_utterances

REASONS = ("formula_failed", "formula_without_value", "no_text", "no_label", "unknown_label")
"""Why a row is rejected, in the order in which the first reason of a row is found."""

REPAIRS = (
    *("label_whitespace", "label_codes", "merged_labels"),
    *("text_whitespace", "invisible_characters", "formula_text"),
)
"""What is mended in a row, and counted once a row."""

_REASON_OF_CHECK = {"not_nullable": "no_label"}  # the other checks are named after their reason
_MOSTLY = 0.5
_OF_ONE_CELL = ("formula_failed", "formula_without_value", "no_label")


@dataclass(frozen=True)
class CheckedWorkbook:
    """A workbook with its rows judged.

    usable: `text` (cleaned, utterances joined with a blank), `label` (canonical name), `age`, `gender`, `situation`
        (cleaned, NA where blank or where the sheet has no such column), `excel_row`.
    rejected: the columns as they stand in the workbook, `excel_row`, `reason` (the first of `REASONS`).
    violations: `sheet`, `excel_row`, `column`, `value`, `reason`: every breach of the contract, several a row.
    counts: `rows`, `usable`, each of `REASONS` (adding up to rows - usable), each of `REPAIRS` (rows mended).
    """

    workbook: Workbook
    usable: pd.DataFrame
    rejected: pd.DataFrame
    violations: pd.DataFrame
    counts: dict[str, int]

    @property
    def rejected_share(self) -> float:
        """Share of the rows (0 to 1) that are set aside."""
        return len(self.rejected) / self.counts["rows"]


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
        ],
        name="감성 대화",
    )


def validate(workbook: Workbook, recipe: DataRecipe) -> CheckedWorkbook:
    """Clean every cell, hold every row against the contract, and set the bad rows aside with all their reasons."""
    cells = workbook.frame
    cleaned = _cleaned(cells)
    violations = _violations(cleaned, recipe)
    first_reasons = violations.drop_duplicates("row").set_index("row")["reason"]
    good = ~cleaned.index.isin(first_reasons.index)
    kept = cleaned[good]
    usable = pd.DataFrame(
        {
            "text": join_utterances(kept, recipe.text_columns),
            "label": _labels(kept, recipe),
            **{name: _if_present(kept, title) for name, title in SLICE_COLUMNS.items()},
            EXCEL_ROW: kept[EXCEL_ROW],
        }
    )
    rejected = cells[~good].assign(reason=first_reasons)
    counts = {
        "rows": len(cells),
        "usable": len(usable),
        **{reason: int((first_reasons == reason).sum()) for reason in REASONS},
        **_repairs(workbook, recipe),
        "formula_text": len(workbook.formula_rows),
    }
    listed = violations.assign(sheet=workbook.sheet).astype({"sheet": "str"})
    listed = listed[["sheet", EXCEL_ROW, "column", "value", "reason"]]
    return CheckedWorkbook(
        workbook, usable.reset_index(drop=True), rejected.reset_index(drop=True), listed.reset_index(drop=True), counts
    )


def require_acceptable(checked: CheckedWorkbook, recipe: DataRecipe, export: Path | None = None) -> None:
    """Raise DataContractError when too large a share of the rows was set aside; `export` lists them."""
    if checked.rejected_share <= recipe.max_rejected_share:
        return
    counts = ", ".join(f"{say(reason)} {checked.counts[reason]:,}" for reason in REASONS if checked.counts[reason])
    raise problem(
        *(DataContractError, "too_many_rejected", checked.workbook.where),
        rows=checked.counts["rows"],
        rejected=len(checked.rejected),
        share=checked.rejected_share,
        bound=recipe.max_rejected_share,
        counts=counts,
        advice=" ".join(_advice(checked, export)),
    )


def _cleaned(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.assign(**clean_cells(cells.drop(columns=EXCEL_ROW)))


def _no_formula() -> list[pa.Check]:
    return [
        pa.Check(lambda cells: ~cells.map(failed).astype(bool), name="formula_failed"),
        pa.Check(lambda cells: ~cells.map(is_formula).astype(bool), name="formula_without_value"),
    ]


def _advice(checked: CheckedWorkbook, export: Path | None) -> list[str]:
    """What to do about the rows set aside, and about a label that is written in the first of its rows alone."""
    fill_down = checked.counts["no_label"] > _MOSTLY * checked.counts["rows"]
    return [
        *([say("fill_labels_down")] if fill_down else []),
        say("see_export", export=export) if export else say("see_check"),
    ]


def _has_text(cleaned: pd.DataFrame, recipe: DataRecipe) -> "pd.Series[bool]":
    return cleaned[list(recipe.text_columns)].notna().any(axis=1)


def _knows_label(cleaned: pd.DataFrame, recipe: DataRecipe) -> "pd.Series[bool]":
    """True also where a label is blank or a formula: that is another breach."""
    cells = _label_cells(cleaned, recipe)
    return _labels(cleaned, recipe).notna() | cells.isna().any(axis=1) | _any_cell(cells, _is_no_text)


def _label_cells(cells: pd.DataFrame, recipe: DataRecipe) -> pd.DataFrame:
    minor = [recipe.fine_label_column] if recipe.label_set == "fine" else []
    return cells[[recipe.label_column, *minor]]


def _labels(cleaned: pd.DataFrame, recipe: DataRecipe) -> "pd.Series[str]":
    """The canonical label of each row, NA where the label set holds none."""
    given = _label_cells(cleaned, recipe).fillna("")
    pairs = list(zip(*(given[column] for column in given), strict=True))
    known = {pair: canonical_label(recipe.label_set, *pair) for pair in set(pairs)}
    return pd.Series([known[pair] for pair in pairs], index=cleaned.index, dtype="str")


def _if_present(cleaned: pd.DataFrame, title: str) -> "pd.Series[str]":
    """A column of cleaned cells, NA for formulas that have no value; wholly NA where the sheet has none."""
    if title not in cleaned:
        return pd.Series(pd.NA, index=cleaned.index, dtype="str")
    return cleaned[title].mask(_any_cell(cleaned[[title]], _is_no_text))


def _is_no_text(cell: str) -> bool:
    return failed(cell) or is_formula(cell)


def _violations(cleaned: pd.DataFrame, recipe: DataRecipe) -> pd.DataFrame:
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


def _named(cells: "pd.Series[Any]", recipe: DataRecipe, column: str, reason: str) -> tuple[str, str | None, str]:
    """A breach in a row of cleaned cells: the column to mend, the value found there, the reason."""
    if reason == "no_text":
        return ", ".join(recipe.text_columns), None, reason
    if reason in _OF_ONE_CELL:
        return column, None if reason == "no_label" else str(cells[column]), reason
    is_minor = recipe.label_set == "fine" and cells[recipe.label_column] in MINORS
    column = recipe.fine_label_column if is_minor else recipe.label_column
    return column, str(cells[column]), reason


def _repairs(workbook: Workbook, recipe: DataRecipe) -> dict[str, int]:
    """Rows in which something was mended, by what it was."""
    cells = workbook.frame
    labels, texts = _label_cells(cells, recipe), cells[list(recipe.text_columns)]
    loose = _any_cell(labels, had_loose_whitespace)
    if recipe.label_set == "fine":
        loose |= _any_cell(labels[[recipe.fine_label_column]], lambda cell: spaced_unusually(clean(cell)))
    return {
        "label_whitespace": int(loose.sum()),
        "label_codes": _coded(labels, recipe),
        "merged_labels": workbook.merged_labels,
        "text_whitespace": int(_any_cell(texts, had_loose_whitespace).sum()),
        "invisible_characters": int(_any_cell(cells[needed_columns(recipe)], had_invisible).sum()),
    }


def _coded(labels: pd.DataFrame, recipe: DataRecipe) -> int:
    """Rows whose label was found by one of AI Hub's codes."""
    given = labels.fillna("")
    pairs = Counter(zip(*(given[column] for column in given), strict=True))
    return sum(count for pair, count in pairs.items() if has_code(recipe.label_set, *map(clean, pair)))


def _any_cell(cells: pd.DataFrame, has: Callable[[str], bool]) -> "pd.Series[bool]":
    """For each row, whether `has` holds for one of its cells."""
    found = [cells[column].map(has, na_action="ignore").eq(True) for column in cells]
    return pd.concat(found, axis=1).any(axis=1)
