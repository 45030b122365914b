"""The rows set aside, as a workbook that a person opens, mends and hands in again."""

from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

import pandas as pd
from openpyxl import Workbook as ExcelFile
from openpyxl.utils import get_column_letter

from storyflower.data.safe_cells import heading_cell, literal_cell
from storyflower.data.schema import CheckedWorkbook
from storyflower.data.workbook import EXCEL_ROW
from storyflower.messages import Lang, say

PROVENANCE = ("workbook", "workbook_sha256", "sheet", EXCEL_ROW)
"""Where a row comes from: the workbook's location and SHA-256, its sheet, and the row number that Excel shows."""

_LEADING = ("workbook", "sheet", EXCEL_ROW, "reason", "same_text_at")
_WIDTHS = {"workbook": 28, "sheet": 10, EXCEL_ROW: 8, "reason": 32, "same_text_at": 36}
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


def write_rejected(path: Path, rows: pd.DataFrame, lang: Lang | None = None) -> None:
    """Write rows as `set_aside` gives them to an .xlsx: where each stands, why it was set aside, and its cells.

    `same_text_at`, where the rows have it, is told beside the reason: the place of the row that one repeats.
    Texts that begin with `=`, `+`, `-` or `@` stay texts, letter for letter; only what XML cannot hold is left out.
    The file appears whole or not at all. OSError when it cannot be written.
    """
    book = ExcelFile(write_only=True)
    sheet = book.create_sheet(say("set_aside_sheet", lang))
    leading = [column for column in _LEADING if column in rows]
    columns = [*leading, *(str(column) for column in rows if column not in (*leading, *PROVENANCE))]
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(column, _WIDTH_OF_CELLS)
    sheet.freeze_panes = "A2"
    sheet.append([heading_cell(sheet, say(column, lang) if column in leading else column) for column in columns])
    words = {codes: _in_words(codes, lang) for codes in rows["reason"].unique()}
    for row in rows.assign(reason=rows["reason"].map(words))[columns].itertuples(index=False, name=None):
        sheet.append([literal_cell(sheet, value) for value in row])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    try:
        book.save(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def joined_reasons(pairs: Iterable[tuple[int, str]]) -> "pd.Series[str]":
    """From (Excel row, reason code) pairs to one entry a row, its codes joined with commas, each once."""
    codes: dict[int, list[str]] = {}
    for row, code in pairs:
        if code not in codes.setdefault(row, []):
            codes[row].append(code)
    return pd.Series({row: ",".join(found) for row, found in codes.items()}, dtype="str")


def _in_words(codes: str, lang: Lang | None) -> str:
    return "; ".join(say(code, lang) for code in codes.split(","))
