"""Corrections of answers, kept in a workbook of the training layout, so that they can be trained on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook as ExcelFile
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from storyflower.atomic import write_atomically
from storyflower.data.labels import FINE
from storyflower.data.safe_cells import literal_text, write_literally
from storyflower.disk_errors import storage_problem
from storyflower.errors import StorageError
from storyflower.messages import problem
from storyflower.recipe_data import DataRecipe
from storyflower.storage.home import Home

MOST_ROWS = 20_000
"""Of the workbook, which is written anew with each correction."""
_LAYOUT = DataRecipe()
_ABOUT = ("모델의 답", "모델", "버전", "날짜")
"""Further columns: what the model had answered, its name and version, and when the correction was made."""
_WIDTHS = {_LAYOUT.label_column: 16, _LAYOUT.fine_label_column: 20, "모델": 24, "버전": 8, "날짜": 20}
_WIDTH_OF_TEXTS = 50


@dataclass(frozen=True)
class Correction:
    """A text whose answer was wrong."""

    text: str
    """Cleaned, not blank."""
    answer: str
    """Of the model: a label, or `불확실`."""
    right: str
    """The right label, one of the model's."""
    model: str
    version: str
    made: datetime


class CorrectionsFullError(StorageError):
    """The workbook has as many rows as it may have."""


def keep_correction(
    home: Home,
    served: str,
    correction: Correction,
    text_columns: Sequence[str] = (),
    label_columns: Sequence[str] = (),
) -> Path:
    """Write a correction into the workbook of a model, in the place of an earlier one of the same text.

    Args:
        home: holds the workbook; it is made where it is missing.
        served: the registered model that the server answers with. Each has a workbook of its own, since models may be
            trained on other columns and labels.
        correction: to keep.
        text_columns: of the model: the first one holds the text, the others stay empty.
        label_columns: of the workbooks that the model was trained on: of the label, and of a fine one its two parts.
            These as well as `text_columns` are those of AI Hub's layout where an early release has recorded none.

    Returns:
        The workbook.

    Raises:
        CorrectionsFullError: it has `MOST_ROWS` rows.
        StorageError: it is no intact workbook, or cannot be written.
    """
    file = home.corrections_of(served)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with home.lock("corrections"):
            book = _opened(file) if file.exists() else ExcelFile()
            texts = text_columns or _LAYOUT.text_columns
            labels = label_columns or (_LAYOUT.label_column, _LAYOUT.fine_label_column)
            _write(book.worksheets[0], correction, texts, labels, file)
            with write_atomically(file) as draft:
                book.save(draft)
    except OSError as error:
        raise storage_problem(error, home.folder) or error from error
    return file


def _opened(file: Path) -> ExcelFile:
    """The workbook; StorageError where a person or a program has left something else there."""
    try:
        book = load_workbook(file)
        book.worksheets[0]
    except OSError:
        raise
    except Exception as error:  # of a damaged part openpyxl, zlib and the parser of XML raise errors of many kinds
        raise problem(StorageError, "corrections_unreadable", str(file)) from error
    return book


def _write(
    sheet: Worksheet, correction: Correction, text_columns: Sequence[str], labels: Sequence[str], file: Path
) -> None:
    places = _places(sheet, (*text_columns, *labels, *_ABOUT))
    text_place = places[text_columns[0]]
    row = _row_of(sheet, text_place, correction.text) or sheet.max_row + 1
    if row > MOST_ROWS + 1:
        raise problem(CorrectionsFullError, "corrections_full", str(file), most=f"{MOST_ROWS:,}")
    major, _, minor = correction.right.partition("/") if correction.right in FINE else (correction.right, "", "")
    made = f"{correction.made:%Y-%m-%d %H:%M:%S}"
    about = (correction.answer, correction.model, correction.version, made)
    values = {text_columns[0]: correction.text, **dict(zip(_ABOUT, about, strict=True))}
    values |= dict(zip(labels, (major, minor), strict=False))  # a label that is not divided has one column
    for title, value in values.items():
        cell = sheet.cell(row, places[title])
        if isinstance(cell, Cell):  # of cells that someone has merged the first one alone has a value
            write_literally(cell, value)


def _places(sheet: Worksheet, titles: Sequence[str]) -> dict[str, int]:
    """The columns by their titles, counted from 1; those that the sheet lacks are added behind its last one."""
    found = {str(cell.value): cell.column for cell in sheet[1] if cell.value is not None}
    for title in titles:
        if title not in found:
            found[title] = max(found.values(), default=0) + 1
            sheet.cell(1, found[title], title).font = Font(bold=True)
            width = _WIDTHS.get(title, _WIDTH_OF_TEXTS)
            sheet.column_dimensions[get_column_letter(found[title])].width = width
    sheet.freeze_panes = "A2"
    return found


def _row_of(sheet: Worksheet, place: int, text: str) -> int | None:
    """The row of a text."""
    written: Iterator[tuple[object, ...]] = sheet.iter_rows(2, min_col=place, max_col=place, values_only=True)
    return next((row for row, (cell,) in enumerate(written, start=2) if cell == literal_text(text)), None)
