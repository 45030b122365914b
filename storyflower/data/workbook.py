"""A workbook read into a frame: its columns, found by name, as text, with exact Excel row numbers."""

import hashlib
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from storyflower.data.aihub_json import json_table
from storyflower.data.choice import Choice, choose_table, where_of
from storyflower.data.containers import is_text
from storyflower.data.headers import Release, needed_columns, release_of
from storyflower.data.locations import local_file
from storyflower.data.merged import filled_down
from storyflower.data.sheets import sheets_of
from storyflower.data.tables import Note, TableFile
from storyflower.data.text_files import csv_table, decoded
from storyflower.data.unreached import not_readable
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted, shown
from storyflower.recipe_parts import DataRecipe

log = logging.getLogger(__name__)

EXCEL_ROW = "excel_row"

# The reader writes every date with a time, and a time of day as a moment of Excel's day zero.
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_TIME_OF_DAY = r"^1899-12-31 (\d{2}:\d{2}:\d{2})$"


@dataclass(frozen=True)
class Workbook:
    """One sheet of a workbook, a CSV file or AI Hub's JSON release, not yet judged.

    `frame` holds the needed columns, and those of `SLICE_COLUMNS` that the sheet has, under their own names as text
    (NA where blank; numbers, dates and formulas as their value; formulas without one as their text, such as
    `= 327덬 …`; Excel errors as such, `#REF!`), and `excel_row`, the row number that Excel shows (of JSON, the number
    of the record, from 1). Rows that are blank in every column of the sheet are left out.
    `letters` are the letters that Excel shows for the columns of `frame`; `merged_labels` counts the rows that have
    their label, or a part of it, from a cell merged downwards; `notes` tell what was decided about sheet and header.
    """

    location: str
    sha256: str
    release: Release
    sheet: str
    frame: pd.DataFrame
    formula_rows: tuple[int, ...] = ()
    """The rows (as Excel shows them) in which a text of a needed column was read from a formula without a value."""
    letters: dict[str, str] = field(default_factory=dict)
    merged_labels: int = 0
    notes: tuple[Note, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The needed columns in the recipe's order, then the slice columns."""
        return [str(column) for column in self.frame.columns if column != EXCEL_ROW]

    @property
    def where(self) -> str:
        """File and sheet, for messages."""
        return where_of(self.location, self.sheet)


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
    path = local_file(location, downloads, recipe.max_uncompressed_mb)
    content = _content(path, location, recipe.max_uncompressed_mb)
    return FetchedFile(name, content, hashlib.sha256(content).hexdigest())


def read_workbook(location: str, recipe: DataRecipe, downloads: Path) -> Workbook:
    """Fetch and parse a workbook: see `fetch_file` and `parse_workbook`.

    Raises:
        WorkbookError: one error, which says what is wrong, where, and what to do.
    """
    return parse_workbook(fetch_file(location, recipe, downloads), recipe)


def parse_workbook(file: FetchedFile, recipe: DataRecipe) -> Workbook:
    """Read the sheet that the recipe names, or else the one that holds the needed columns: see `choose_table`.

    The header is the first row that is not blank, or below it the only one that holds the needed columns.

    Raises:
        WorkbookError: the file is neither an intact .xlsx workbook nor a CSV file nor AI Hub's JSON release, a needed
            column is missing or stands there twice, or there is no row of data.
    """
    tables = _tables(file, recipe)
    choice = choose_table(tables, recipe, file.name)
    where = where_of(file.name, choice.table.sheet)
    for note in choice.notes:
        log.info("%s: %s", where, note)
    frame = _frame(choice)
    if frame.empty:
        raise problem(WorkbookError, "header_only", where, sheets=", ".join(tables.sheets))
    frame, merged_labels = _filled_down(frame, choice, tables, recipe)
    release = choice.table.release or release_of(choice.header.titles)
    return Workbook(
        *(file.name, file.sha256, release, choice.table.sheet, frame),
        formula_rows=_formula_rows(choice, recipe),
        letters=choice.letters,
        merged_labels=merged_labels,
        notes=choice.notes,
    )


def _tables(file: FetchedFile, recipe: DataRecipe) -> TableFile:
    where = pasted(file.name)
    if not is_text(file.content, where):
        return sheets_of(file.content, where, recipe.max_uncompressed_mb)
    text = decoded(file.content, where)
    is_json = text.lstrip().startswith(("[", "{"))
    return TableFile.of(json_table(text, where) if is_json else csv_table(text, recipe, where))


def _frame(choice: Choice) -> pd.DataFrame:
    """The cells below the header that `Workbook` describes."""
    table = choice.table
    filled = table.cells.notna().any(axis=1)
    filled.iloc[: choice.header.line + 1] = False
    numbers = pd.RangeIndex(table.row_number(0), table.row_number(len(filled)))
    cells = {column: _as_text(table.cells.iloc[:, place]) for column, place in choice.places.items()}
    return pd.DataFrame(cells).assign(**{EXCEL_ROW: numbers})[filled].reset_index(drop=True)


def _formula_rows(choice: Choice, recipe: DataRecipe) -> tuple[int, ...]:
    """The rows in which a needed column holds a text that was stored as a formula."""
    needed = {choice.letters[column] for column in needed_columns(recipe)}
    return tuple(sorted({row for row, letters in choice.table.from_formulas if letters in needed}))


def _filled_down(
    frame: pd.DataFrame, choice: Choice, tables: TableFile, recipe: DataRecipe
) -> tuple[pd.DataFrame, int]:
    """The frame with merged cells in all their rows, and the number of rows that got a label, or a part of it, so.

    Utterances are left as they are: one that is merged over several rows was said once.
    """
    labels = [column for column in needed_columns(recipe) if column not in recipe.text_columns]
    if not frame[labels].isna().any(axis=None):
        return frame, 0
    ranges = tables.merged(choice.table.sheet)
    letters = choice.letters
    filled = {
        column: filled_down(frame[column], ranges[letters[column]], frame[EXCEL_ROW])
        for column in letters
        if column not in recipe.text_columns and letters[column] in ranges
    }
    mended = frame.assign(**filled)
    return mended, int((frame[labels].isna() & mended[labels].notna()).any(axis=1).sum())


def _content(path: Path, location: str, limit_mb: int) -> bytes:
    try:
        if path.is_dir():
            raise problem(WorkbookError, "folder", pasted(location))
        size_mb = path.stat().st_size / 2**20
        if size_mb > limit_mb:
            raise problem(WorkbookError, "too_large", pasted(location), size_mb=size_mb, limit_mb=limit_mb)
        return path.read_bytes()
    except OSError as error:
        raise not_readable(error, location) from error


def _as_text(cells: "pd.Series[Any]") -> "pd.Series[str]":
    """Cells as text, dates and times of day as people write them."""
    text = cells.astype("str")
    moments = text[text.str.len() == len("2026-03-01 00:00:00")]  # few cells; replacing in all of them takes longer
    text.loc[moments.index] = moments.str.replace(_MIDNIGHT, r"\1", regex=True).str.replace(
        _TIME_OF_DAY, r"\1", regex=True
    )
    return text
