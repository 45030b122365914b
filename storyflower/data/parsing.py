"""A workbook read into a frame: its columns, found by name, as text, with exact Excel row numbers.

This is what the reader process does with a file of unknown origin; everything else calls `workbook.parse_workbook`.
"""

from typing import Any

import pandas as pd

from storyflower.data.aihub_json import json_table
from storyflower.data.choice import Choice, choose_table, where_of
from storyflower.data.containers import is_text
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.headers import needed_columns, release_of
from storyflower.data.merged import filled_down
from storyflower.data.sheets import sheets_of
from storyflower.data.tables import TableFile
from storyflower.data.text_files import csv_table, decoded
from storyflower.data.workbook import EXCEL_ROW, Workbook
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import listed, pasted
from storyflower.recipe_data import DataRecipe

# The reader writes every date with a time, and a time of day as a moment of Excel's day zero.
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_TIME_OF_DAY = r"^1899-12-31 (\d{2}:\d{2}:\d{2})$"


def parsed(file: FetchedFile, recipe: DataRecipe) -> Workbook:
    """Read the sheet that the recipe names, or else the one that holds the needed columns: see `choose_table`.

    The header is the first row that is not blank, or below it the only one that holds the needed columns.

    Raises:
        WorkbookError: the file is neither an intact .xlsx workbook nor a CSV file nor AI Hub's JSON release, a needed
            column is missing or stands there twice, or there is no row of data.
    """
    return workbook_of(file, tables_of(file, recipe), recipe)


def workbook_of(file: FetchedFile, tables: TableFile, recipe: DataRecipe) -> Workbook:
    """What `parsed` gives, from the tables of the file."""
    choice = choose_table(tables, recipe, file.name)
    where = where_of(file.name, choice.table.sheet)
    frame = _frame(choice)
    if frame.empty:
        raise problem(WorkbookError, "header_only", where, sheets=listed(tables.sheets))
    frame, merged_labels = _filled_down(frame, choice, tables, recipe)
    release = choice.table.release or release_of(choice.header.titles)
    needed = {choice.letters[column] for column in needed_columns(recipe)}
    formula_rows = {row for row, letters in choice.table.from_formulas if letters in needed}
    return Workbook(
        *(file.name, file.sha256, release, choice.table.sheet, frame),
        formula_rows=tuple(sorted(formula_rows)),
        letters=choice.letters,
        merged_labels=merged_labels,
        notes=choice.notes,
        rows_left=choice.rows_left,
        mendable=not is_text(file.content, where),
    )


def tables_of(file: FetchedFile, recipe: DataRecipe) -> TableFile:
    """The tables of a workbook, a CSV file or AI Hub's JSON release; raises WorkbookError for anything else."""
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


def _filled_down(
    frame: pd.DataFrame, choice: Choice, tables: TableFile, recipe: DataRecipe
) -> tuple[pd.DataFrame, int]:
    """The frame with merged cells in all their rows, and the number of rows that got a label, or a part of it, so.

    Utterances are left as they are: an utterance merged over several rows was uttered once.
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
    mended = frame.copy()
    for column, cells in filled.items():  # not `assign`, which no column called `self` can be given to
        mended[column] = cells
    return mended, int((frame[labels].isna() & mended[labels].notna()).any(axis=1).sum())


def _as_text(cells: "pd.Series[Any]") -> "pd.Series[str]":
    """Cells as text, dates and times of day as people write them."""
    text = cells.astype("str")
    moments = text[text.str.len() == len("2026-03-01 00:00:00")]  # few cells; replacing in all of them takes longer
    text.loc[moments.index] = moments.str.replace(_MIDNIGHT, r"\1", regex=True).str.replace(
        _TIME_OF_DAY, r"\1", regex=True
    )
    return text
