"""The first rows of a scored file, as the page shows them: the texts and the answers."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook

from storyflower.cleaning import clean
from storyflower.data.text_files import SEPARATORS
from storyflower.scoring.report import PartScored

ROWS = 10
_SEARCHED = 100
"""Rows in which the header is looked for."""
_LONGEST = 200
"""Characters of a cell."""

Line = Sequence[object]


@dataclass(frozen=True)
class Preview:
    """A table of texts."""

    sheet: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def preview_of(file: Path, part: PartScored) -> Preview | None:
    """The first rows of a part of a scored workbook or CSV file; None where they cannot be shown.

    The file was written already: what openpyxl, which is stricter than Excel, does not read is no error of it.
    """
    titles = (*part.text_columns, *part.added_columns)
    if file.suffix == ".csv":
        found = (_rows(_csv_lines(file, separator), titles) for separator in SEPARATORS)
        rows = next(filter(None, found), None)
    else:
        try:
            rows = _rows(_sheet_lines(file, part.sheet), titles)
        except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError):
            return None
    return Preview(part.sheet, titles, rows) if rows else None


def _rows(lines: Iterator[Line], titles: Sequence[str]) -> tuple[tuple[str, ...], ...] | None:
    """The rows below the header with all titles, without the blank ones; None where there is no such header."""
    places = next(filter(None, (_places(line, titles) for line in islice(lines, _SEARCHED))), None)
    if places is None:
        return None
    shown = (tuple(_shown(line[place] if place < len(line) else None) for place in places) for line in lines)
    return tuple(islice((row for row in shown if any(row)), ROWS))


def _places(line: Line, titles: Sequence[str]) -> list[int] | None:
    cells = [clean(str(cell)) if cell is not None else "" for cell in line]
    wanted = [clean(title) for title in titles]
    return [cells.index(title) for title in wanted] if set(wanted) <= set(cells) else None


def _shown(cell: object) -> str:
    text = f"{cell:.1%}" if isinstance(cell, float) and 0 <= cell <= 1 else str("" if cell is None else cell)
    return f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text


def _sheet_lines(file: Path, sheet: str) -> Iterator[Line]:
    book = load_workbook(file, read_only=True)
    try:
        yield from book[sheet].iter_rows(values_only=True)
    finally:
        book.close()


def _csv_lines(file: Path, separator: str) -> Iterator[Line]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for line in csv.reader(lines, delimiter=separator):
            yield [_number(cell) for cell in line]


def _number(cell: str) -> object:
    """A share that a CSV file holds as its digits; any other cell as it is."""
    is_share = cell.startswith(("0.", "1.0")) and cell.replace(".", "", 1).isdecimal()
    return float(cell) if is_share else cell
