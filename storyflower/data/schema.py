"""A workbook held against the data contract: its usable rows, those set aside with all reasons, and what was mended."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from storyflower.cleaning import clean, had_invisible, had_loose_whitespace
from storyflower.data.contract import REASONS, any_cell, is_no_text, labels_of, violations_of
from storyflower.data.headers import SLICE_COLUMNS, needed_columns
from storyflower.data.labels import has_code, spaced_unusually
from storyflower.data.workbook import EXCEL_ROW, Workbook
from storyflower.errors import DataContractError
from storyflower.messages import problem, say
from storyflower.quoting import listed, pasted
from storyflower.recipe_data import DataRecipe
from storyflower.utterances import clean_cells, join_utterances

REPAIRS = (
    *("label_whitespace", "label_codes", "merged_labels"),
    *("text_whitespace", "invisible_characters", "formula_text"),
)
"""The kinds of repairs; each is counted once a row."""

_MOSTLY = 0.5
_VALUES_SHOWN = 10


@dataclass(frozen=True)
class CheckedWorkbook:
    """A workbook with its rows checked.

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


def validate(workbook: Workbook, recipe: DataRecipe) -> CheckedWorkbook:
    """Clean every cell, hold every row against the contract, and set the bad rows aside with all their reasons."""
    cells = workbook.frame
    cleaned = clean_cells(cells.drop(columns=EXCEL_ROW)).assign(**{EXCEL_ROW: cells[EXCEL_ROW]})
    violations = violations_of(cleaned, recipe)
    first_reasons = violations.drop_duplicates("row").set_index("row")["reason"]
    good = ~cleaned.index.isin(first_reasons.index)
    kept = cleaned[good]
    usable = pd.DataFrame(
        {
            "text": join_utterances(kept, recipe.text_columns),
            "label": labels_of(kept, recipe),
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
    known = label_advice(checked)
    counts = ", ".join(f"{say(reason)} {checked.counts[reason]:,}" for reason in REASONS if checked.counts[reason])
    if checked.workbook.mendable:
        rows = say("see_export", export=export) if export else say("see_check")
    else:
        rows = say("see_export_unmendable", export=export) if export else say("see_check_unmendable")
    advice = [known or rows]
    if checked.counts["no_label"] > _MOSTLY * checked.counts["rows"]:  # only the first row of each group has a label
        advice.insert(0, say("fill_labels_down"))
    raise problem(
        *(DataContractError, "too_many_rejected", checked.workbook.where),
        rows=checked.counts["rows"],
        rejected=len(checked.rejected),
        share=checked.rejected_share,
        bound=recipe.max_rejected_share,
        counts=counts,
        advice=" ".join(advice),
    )


def label_advice(checked: CheckedWorkbook) -> str | None:
    """What to do where no row is usable and most labels are unknown: the label set is another one, not the cells."""
    if checked.counts["usable"] or checked.counts["unknown_label"] <= _MOSTLY * checked.counts["rows"]:
        return None
    unknown = checked.violations.loc[checked.violations["reason"] == "unknown_label", "value"].unique().tolist()
    return say("other_labels", labels=listed(unknown, most=_VALUES_SHOWN), path=pasted(checked.workbook.location))


def _if_present(cleaned: pd.DataFrame, title: str) -> "pd.Series[str]":
    """A column of cleaned cells, NA for formulas that have no value; wholly NA where the sheet has none."""
    if title not in cleaned:
        return pd.Series(pd.NA, index=cleaned.index, dtype="str")
    return cleaned[title].mask(any_cell(cleaned[[title]], is_no_text))


def _repairs(workbook: Workbook, recipe: DataRecipe) -> dict[str, int]:
    """Rows in which something was mended, by what it was."""
    cells = workbook.frame
    labels, texts = (cells[list(columns)] for columns in (recipe.label_columns, recipe.text_columns))
    loose = any_cell(labels, had_loose_whitespace)
    if recipe.label_set == "fine":
        loose |= any_cell(labels[[recipe.fine_label_column]], lambda cell: spaced_unusually(clean(cell)))
    filled = labels.fillna("")
    pairs = Counter(zip(*(filled[column] for column in filled), strict=True))
    return {
        "label_whitespace": int(loose.sum()),
        "label_codes": sum(n for pair, n in pairs.items() if has_code(recipe.label_set, *map(clean, pair))),
        "merged_labels": workbook.merged_labels,
        "text_whitespace": int(any_cell(texts, had_loose_whitespace).sum()),
        "invisible_characters": int(any_cell(cells[needed_columns(recipe)], had_invisible).sum()),
    }
