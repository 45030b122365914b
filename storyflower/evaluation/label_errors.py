"""The errors that the model was surest of, as a workbook to work through: many of them are wrong labels."""

from pathlib import Path

import pandas as pd
from openpyxl import Workbook as ExcelFile
from openpyxl.utils import get_column_letter

from storyflower.data.safe_cells import heading_cell, literal_cell

MOST_ROWS = 200
"""Rows in the workbook: about what a person reads in an hour."""
_COLUMNS = {
    "workbook_sha256": ("통합 문서 (SHA-256)", 22),
    "sheet": ("시트", 10),
    "excel_row": ("행", 8),
    "text": ("문장", 70),
    "label": ("지금 라벨", 14),
    "predicted": ("모델의 답", 14),
    "confidence": ("확신도", 9),
}
"""Columns of the predictions with their headings and widths (characters)."""
_TO_FILL_IN = ("고친 라벨 (맞으면 비워 두세요)", 30)


def likely_label_errors(predictions: pd.DataFrame) -> pd.DataFrame:
    """The wrong predictions of a table of `prediction_frame`, the surest first, `MOST_ROWS` at most.

    A confident model that contradicts a label is right surprisingly often (Northcutt et al. 2021, Confident Learning).
    """
    wrong = predictions[~predictions["correct"]]
    return wrong.sort_values("confidence", ascending=False, kind="stable").head(MOST_ROWS)


def write_label_errors(path: Path, predictions: pd.DataFrame) -> None:
    """Write the likely label errors to an .xlsx: where each row stands, and an empty column for the right label.

    Texts that begin with `=`, `+`, `-` or `@` stay texts.
    """
    rows = likely_label_errors(predictions)
    book = ExcelFile(write_only=True)
    sheet = book.create_sheet("라벨 확인")
    headings = [*_COLUMNS.values(), _TO_FILL_IN]
    for number, (_, width) in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.append([heading_cell(sheet, heading) for heading, _ in headings])
    for *cells, confidence in rows[list(_COLUMNS)].itertuples(index=False, name=None):
        sheet.append([*(literal_cell(sheet, cell) for cell in cells), round(confidence, 4), None])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{len(rows) + 1}"
    book.save(path)
