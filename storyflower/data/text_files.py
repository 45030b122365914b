"""CSV and other text files: their encoding, their separator, and their rows as a table."""

import codecs
import csv
import io
from itertools import islice

import pandas as pd
from openpyxl.utils import get_column_letter

from storyflower.data.headers import COLUMNS_READ, ROWS_SEARCHED, headers_in
from storyflower.data.tables import Table
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.recipe_data import DataRecipe

CSV_SHEET = "CSV"
"""Stands for the name of a sheet where a table is a CSV file."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SEPARATORS = (",", "\t", ";")

_RECORDS_AT_ONCE = 2**14


def decoded(content: bytes, where: str) -> str:
    """The text of a file in UTF-8 or UTF-16 (with their marks at the beginning or, UTF-8, without), or CP949.

    Raises:
        WorkbookError: the bytes are none of these encodings.
    """
    readable = 0
    for encoding in ("utf-16",) if content.startswith(_UTF16) else ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            readable = max(readable, error.start)
    raise problem(WorkbookError, "unknown_encoding", where, line=content.count(b"\n", 0, readable) + 1)


def csv_table(text: str, recipe: DataRecipe, where: str) -> Table:
    """The records of a CSV file, one a row, as Excel would number them.

    The separator (comma, tab or semicolon) is the one with which the header holds the needed columns; where none
    does, the one that gives the first rows the most cells.

    Raises:
        WorkbookError: the quotation marks of a cell do not match, or a cell is longer than 131,072 characters.
    """
    begun = {separator: first_rows(text, separator) for separator in SEPARATORS}
    separator = next(
        (separator for separator, cells in begun.items() if headers_in(cells, recipe)),
        max(begun, key=lambda separator: begun[separator].shape[1]),
    )
    return Table(CSV_SHEET, _cells(text, separator, where))


def first_rows(text: str, separator: str) -> pd.DataFrame:
    """The first rows of a text; none where they cannot be parsed, which is reported when all rows are read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return cells_of(list(islice(reader, 2 * ROWS_SEARCHED)))
    except csv.Error:
        return cells_of([])


def _cells(text: str, separator: str, where: str) -> pd.DataFrame:
    """The cells of all records, some thousands of which are lists at a time: those take several times the text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    parts = [cells_of([])]
    try:
        while records := list(islice(reader, _RECORDS_AT_ONCE)):
            parts.append(cells_of(records))
    except csv.Error as error:
        raise problem(WorkbookError, "broken_csv", where, line=reader.line_num, reason=error) from error
    return pd.concat(parts, ignore_index=True).astype("str")


def cells_of(records: list[list[str]]) -> pd.DataFrame:
    """The first `COLUMNS_READ` cells of each record, NA where blank or where a record has fewer."""
    rows = [[cell if cell.strip() else None for cell in record[:COLUMNS_READ]] for record in records]
    for row in rows:
        while row and row[-1] is None:  # a table is as wide as what is written in it, not as its commas
            row.pop()
    width = max(map(len, rows), default=0)
    padded = [row + [None] * (width - len(row)) for row in rows]
    return pd.DataFrame(padded, columns=[get_column_letter(place) for place in range(1, width + 1)], dtype="str")
