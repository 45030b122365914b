"""CSV and other text files: their encoding, their separator, and their rows as a table."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

import pandas as pd
from openpyxl.utils import get_column_letter

from storyflower.data.encodings import UnknownEncoding, encoding_of
from storyflower.data.headers import COLUMNS_READ, ROWS_SEARCHED, Header, headers_in, places_of
from storyflower.data.tables import Table
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.recipe_data import DataRecipe

CSV_SHEET = "CSV"
"""Stands for the name of a sheet where a table is a CSV file."""

SEPARATORS = (",", "\t", ";")

_RECORDS_AT_ONCE = 2**14
_SHOWN_OF_A_CELL = 40


class CsvReader(Protocol):
    """What `csv.reader` gives."""

    @property
    def line_num(self) -> int:
        """The line that was read last, from 1."""

    def __iter__(self) -> Iterator[list[str]]:
        """The records."""

    def __next__(self) -> list[str]:
        """The next one."""


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

    The separator (comma, tab or semicolon) is the one with which the header holds the needed columns; where none
    does, the one that gives the first rows the most cells.

    Raises:
        WorkbookError: the quotation marks of a cell do not match, a cell is longer than 131,072 characters, or cells
            stand behind a text in the last column.
    """
    begun = {separator: first_rows(text, separator) for separator in SEPARATORS}
    headers = {separator: headers_in(cells, recipe) for separator, cells in begun.items()}
    separator = next(
        (separator for separator, found in headers.items() if found),
        max(begun, key=lambda separator: begun[separator].shape[1]),
    )
    line = next((header.line for header in headers[separator] if ends_with(header, recipe.text_columns)), None)
    return Table(CSV_SHEET, _cells(text, separator, where, line))


def first_rows(text: str, separator: str) -> pd.DataFrame:
    """The first rows of a text; none where they cannot be parsed, which is reported when all rows are read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return cells_of(list(islice(reader, 2 * ROWS_SEARCHED)))
    except csv.Error:
        return cells_of([])


def ends_with(header: Header, texts: Iterable[str]) -> bool:
    """Whether the last title is that of a column of texts."""
    last = max(place for place, title in enumerate(header.titles) if title)
    return any(last in places for places in places_of(texts, header.titles).values())


def uncut_records(reader: CsvReader, header: int, where: str) -> Iterator[list[str]]:
    """The records of a CSV file with texts in its last column; none after the header has further cells.

    They are the rest of a text with a separator that does not stand in quotation marks, which would be lost. Where the
    last column holds something else, cells without a title are kept as notes.

    Args:
        reader: of all records.
        header: the number of the header's record, from 0.
        where: the file, for the message.

    Raises:
        WorkbookError: a record has cells beyond the header that are not blank.
    """
    width = None
    for number, record in enumerate(reader):
        if number == header:
            width = len(record)
        elif width is not None and any(map(str.strip, record[width:])):
            cut = record[width - 1][:_SHOWN_OF_A_CELL]
            line = reader.line_num
            raise problem(
                WorkbookError, "csv_surplus_cells", where, line=line, cells=len(record), titles=width, cell=cut
            )
        yield record


def _cells(text: str, separator: str, where: str, header: int | None) -> pd.DataFrame:
    """The cells of all records, some thousands of which are lists at a time: those take several times the text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    given = reader if header is None else uncut_records(reader, header, where)
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
