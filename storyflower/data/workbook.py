"""A workbook read into a frame: its columns, found by name, as text, with exact Excel row numbers."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import fastexcel
import pandas as pd

from storyflower.data.cleaning import clean
from storyflower.data.containers import require_workbook
from storyflower.data.formulas import with_formulas
from storyflower.data.headers import (
    Release,
    column_letters,
    find_columns,
    find_slice_columns,
    needed_columns,
    release_of,
)
from storyflower.data.locations import local_file, shown
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.recipe_parts import DataRecipe

EXCEL_ROW = "excel_row"

_NO_WORKBOOK_INSIDE = "Cannot detect file format"  # all that the reader says when the workbook's own parts are broken

# The reader writes every date with a time, and a time of day as a moment of Excel's day zero.
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_TIME_OF_DAY = r"^1899-12-31 (\d{2}:\d{2}:\d{2})$"


@dataclass(frozen=True)
class Workbook:
    """One sheet of a workbook, not yet judged.

    `frame` holds the needed columns, and those of `SLICE_COLUMNS` that the sheet has, under their own names as text
    (NA where blank; numbers, dates and formulas as their value; formulas without one as their text, such as
    `= 327덬 …`; Excel errors as such, `#REF!`), and `excel_row`, the row number that Excel shows. Rows that are blank
    in every column of the sheet are left out.
    `letters` are the letters that Excel shows for the columns of `frame`.
    """

    location: str
    sha256: str
    release: Release
    sheet: str
    frame: pd.DataFrame
    formula_rows: tuple[int, ...] = ()
    """The rows (as Excel shows them) in which a text of a needed column was read from a formula without a value."""
    letters: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The needed columns in the recipe's order, then the slice columns."""
        return [str(column) for column in self.frame.columns if column != EXCEL_ROW]

    @property
    def where(self) -> str:
        """File and sheet, for messages."""
        return _where(self.location, self.sheet)


@dataclass(frozen=True)
class FetchedFile:
    """The bytes of a file, and the name by which messages call it."""

    name: str
    content: bytes
    sha256: str


def fetch_file(location: str, recipe: DataRecipe, downloads: Path) -> FetchedFile:
    """The bytes at a path or an fsspec address; a file at an address is copied into `downloads` first.

    Raises:
        WorkbookError: the file cannot be reached, or is too large.
    """
    name = shown(location)
    content = _content(local_file(location, downloads, recipe.max_uncompressed_mb), name, recipe.max_uncompressed_mb)
    return FetchedFile(name, content, hashlib.sha256(content).hexdigest())


def read_workbook(location: str, recipe: DataRecipe, downloads: Path) -> Workbook:
    """Fetch and parse a workbook: see `fetch_file` and `parse_workbook`.

    Raises:
        WorkbookError: one error, which says what is wrong, where, and what to do.
    """
    return parse_workbook(fetch_file(location, recipe, downloads), recipe)


def parse_workbook(file: FetchedFile, recipe: DataRecipe) -> Workbook:
    """Read the sheet that the recipe names, or the first; the header is the first row that is not blank.

    Raises:
        WorkbookError: the file is no intact .xlsx workbook, a needed column is missing or stands there twice, or
            there is no row of data.
    """
    name, content = file.name, file.content
    require_workbook(content, name, recipe.max_uncompressed_mb)
    sheet, sheets, cells = _load(content, name, recipe.sheet)
    where = _where(name, sheet)
    try:
        cells, from_formulas = with_formulas(cells, content, sheet)
    except (ParseError, KeyError, ValueError) as error:
        raise problem(WorkbookError, "unreadable", where, reason=str(error)) from error
    filled = cells.notna().any(axis=1)
    if not filled.any():
        raise problem(WorkbookError, "empty_sheet", where, sheets=", ".join(sheets))
    top = int(filled.to_numpy().argmax())
    header = [clean(str(cell)) if pd.notna(cell) else "" for cell in cells.iloc[top]]
    places = find_columns(recipe, header, list(cells.columns), where)
    places |= {title: place for title, place in find_slice_columns(header).items() if title not in places}
    frame = pd.DataFrame({column: _as_text(cells.iloc[:, place]) for column, place in places.items()})
    frame = frame.assign(**{EXCEL_ROW: range(1, len(cells) + 1)})[filled].iloc[1:]
    if frame.empty:
        raise problem(WorkbookError, "header_only", where, sheets=", ".join(sheets))
    needed = {cells.columns[place] for column, place in places.items() if column in needed_columns(recipe)}
    formula_rows = tuple(sorted({row for row, letters in from_formulas if letters in needed}))
    letters = {column: str(cells.columns[place]) for column, place in places.items()}
    return Workbook(name, file.sha256, release_of(header), sheet, frame.reset_index(drop=True), formula_rows, letters)


def _where(location: str, sheet: str) -> str:
    return f"{location} [{sheet}]"


def _content(path: Path, name: str, limit_mb: int) -> bytes:
    try:
        if path.is_dir():
            raise problem(WorkbookError, "folder", name)
        size_mb = path.stat().st_size / 2**20
        if size_mb > limit_mb:
            raise problem(WorkbookError, "too_large", name, size_mb=size_mb, limit_mb=limit_mb)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise problem(WorkbookError, "not_found", name) from error
    except PermissionError as error:
        raise problem(WorkbookError, "denied", name, reason=error.strerror) from error
    except OSError as error:
        raise problem(WorkbookError, "unreachable", name, reason=error.strerror) from error


def _load(content: bytes, name: str, wanted: str | None) -> tuple[str, list[str], pd.DataFrame]:
    """The sheet's name, the names of all sheets, and the cells as text (NA where blank) from row 1 on.

    The columns of the frame are the letters that Excel shows.
    """
    try:
        reader = fastexcel.read_excel(content)
        sheets = list(reader.sheet_names)
        sheet = _choose(sheets, wanted, name)
        # No header and no skipped row: line n of the table is row n + 1 of the sheet, blank rows at the top included.
        table = reader.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string", whitespace_as_null=True)
        letters = [column_letters(column.absolute_index) for column in table.available_columns()]
        return sheet, sheets, table.to_pandas().set_axis(letters, axis=1)
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0].removeprefix("calamine error: ")
        if reason == _NO_WORKBOOK_INSIDE:
            raise problem(WorkbookError, "truncated", name) from error
        raise problem(WorkbookError, "unreadable", name, reason=reason) from error


def _choose(sheets: list[str], wanted: str | None, name: str) -> str:
    if not sheets:
        raise problem(WorkbookError, "truncated", name)
    if wanted is None:
        return sheets[0]
    found = next((sheet for sheet in sheets if clean(sheet) == clean(wanted)), None)
    if found is None:
        raise problem(WorkbookError, "no_such_sheet", name, sheet=wanted, sheets=", ".join(sheets))
    return found


def _as_text(cells: "pd.Series[Any]") -> "pd.Series[str]":
    """Cells as text, dates and times of day as people write them."""
    text = cells.astype("str")
    moments = text[text.str.len() == len("2026-03-01 00:00:00")]  # few cells; replacing in all of them takes longer
    text.loc[moments.index] = moments.str.replace(_MIDNIGHT, r"\1", regex=True).str.replace(
        _TIME_OF_DAY, r"\1", regex=True
    )
    return text
