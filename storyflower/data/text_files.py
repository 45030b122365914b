"""CSV and other text files: their encoding, their separator, and their rows as a table."""

import csv
import io
from itertools import islice

import pandas as pd
from openpyxl.utils import get_column_letter

from storyflower.data.csv_records import whole_records
from storyflower.data.encodings import UnknownEncoding, encoding_of
from storyflower.data.headers import COLUMNS_READ, ROWS_SEARCHED, headers_in
from storyflower.data.tables import Table
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.recipe_data import DataRecipe

CSV_SHEET = "CSV"
"""Stands for the name of a sheet where a table is a CSV file."""

SEPARATORS = (",", "\t", ";", "|")

_RECORDS_AT_ONCE = 2**14


def decoded(content: bytes, where: str) -> str:
    """The text of a file in UTF-8 or UTF-16 (with their marks at the beginning or without), or CP949.

    Raises:
        WorkbookError: the bytes are none of these encodings.
    """
    try:
        return content.decode(encoding_of(io.BytesIO(content)))
    except UnknownEncoding as error:
        raise problem(WorkbookError, "unknown_encoding", where, line=error.line) from None


def csv_table(text: str, recipe: DataRecipe, where: str) -> Table:
    """The records of a CSV file, one a row, as Excel would number them.

    The separator (one of `SEPARATORS`) is the one with which the header holds the needed columns; where none
    does, the one that gives the first rows the most cells.

    Raises:
        WorkbookError: the quotation marks of a cell do not match, a cell is longer than 131,072 characters, or
            `whole_records` refuses one.
    """
    begun = {separator: first_rows(text, separator) for separator in SEPARATORS}
    headers = {separator: headers_in(cells, recipe) for separator, cells in begun.items()}
    separator = next(
        (separator for separator, found in headers.items() if found),
        max(begun, key=lambda separator: begun[separator].shape[1]),
    )
    line = next((header.line for header in headers[separator]), None)
    return Table(CSV_SHEET, _cells(text, separator, where, line))


def first_rows(text: str, separator: str) -> pd.DataFrame:
    """The first rows of a text; none where they cannot be parsed, which is reported when all rows are read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return cells_of(list(islice(reader, 2 * ROWS_SEARCHED)))
    except csv.Error:
        return cells_of([])


def _cells(text: str, separator: str, where: str, header: int | None) -> pd.DataFrame:
    """The cells of all records, some thousands of which are lists at a time: those take several times the text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    given = reader if header is None else whole_records(reader, separator, header, where)
    parts = [cells_of([])]
    try:
        while records := list(islice(given, _RECORDS_AT_ONCE)):
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
