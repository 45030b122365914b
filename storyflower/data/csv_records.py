"""The records of a CSV file, checked for what stray quotation marks and separators do to them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from storyflower.data.headers import COLUMNS_READ, NUMBER_OR_DATE
from storyflower.errors import WorkbookError
from storyflower.messages import problem

_SHOWN_OF_A_CELL = 40
_COMPARED_RECORDS = 10_000
_LONGEST_NUMBER = 18
_LINE_END = re.compile(r"\r\n|\r|\n")


class CsvReader(Protocol):
    """What `csv.reader` gives."""

    @property
    def line_num(self) -> int:
        """The line that was read last, from 1."""

    def __iter__(self) -> Iterator[list[str]]:
        """The records."""

    def __next__(self) -> list[str]:
        """The next one."""


@dataclass(frozen=True)
class _Joined:
    """A record with a cell over several lines, each of which would be a record as wide as the header."""

    first_line: int
    last_line: int
    place: int
    """Of the cell."""
    rows: list[list[str]]
    """The lines as records."""


def whole_records(reader: CsvReader, separator: str, header: int, where: str) -> Iterator[list[str]]:
    """The records of a CSV file, of which none after the header has further cells, or is several in truth.

    Further cells are the rest of a text with a separator that does not stand in quotation marks: the text would be cut,
    and the cells after it taken for those of other columns. A quotation mark that is opened in one record and closed
    in a later one makes a cell of all that stands between.

    Args:
        reader: of all records.
        separator: between their cells.
        header: the number of the header's record, from 0.
        where: the file, for the message.

    Raises:
        WorkbookError: a record has cells beyond the header that are not blank; or a cell over several lines holds
            records, which is known when all are read.
    """
    width, above = None, 0
    joined = list[_Joined]()
    values = Counter[tuple[int, str]]()
    for number, record in enumerate(reader):
        line = reader.line_num
        if number == header:
            width = len(record)
        elif width is not None:
            if any(map(str.strip, record[width:])):
                cells, cut = len(record), record[width - 1][:_SHOWN_OF_A_CELL]
                raise problem(WorkbookError, "csv_surplus_cells", where, line=line, cells=cells, titles=width, cell=cut)
            if line > above + 1:
                joined += _joined(record, separator, width, (above + 1, line))
            if number - header <= _COMPARED_RECORDS:
                values.update((place, cell.strip()) for place, cell in enumerate(record[:COLUMNS_READ]))
        above = line
        yield record
    for one in joined:
        if any(_continues(one, place, values) for place in range(len(one.rows[0])) if place != one.place):
            first, last = one.first_line, one.last_line
            raise problem(WorkbookError, "csv_joined_records", where, first=first, last=last)


def _joined(record: Sequence[str], separator: str, width: int, lines: tuple[int, int]) -> Iterator[_Joined]:
    """The record, once for each of its cells that may hold several."""
    for place, cell in enumerate(record):
        parts = _LINE_END.split(cell)
        if len(parts) == 1 or width == 1:
            continue
        rows = [part.split(separator) for part in parts]
        rows[0] = [*record[:place], *rows[0]]
        rows[-1] = [*rows[-1], *record[place + 1 :]]
        filled = [row for row in rows if any(map(str.strip, row))]
        if all(len(row) == width for row in filled):
            yield _Joined(*lines, place, filled)


def _continues(joined: _Joined, place: int, values: Counter[tuple[int, str]]) -> bool:
    """Whether a column's cells in the lines are such as it has elsewhere: its categories, or consecutive numbers."""
    cells = [row[place].strip() for row in joined.rows]
    if _are_consecutive(cells):
        return True
    inside = cells[1:] if place < joined.place else cells[:-1]
    known = [values[place, cell] >= (2 if NUMBER_OR_DATE.fullmatch(cell) else 1) for cell in inside if cell]
    return bool(known) and all(known)


def _are_consecutive(cells: Sequence[str]) -> bool:
    if not cells[0].isdecimal() or len(cells[0]) > _LONGEST_NUMBER:
        return False
    first = int(cells[0])
    return list(cells) == [str(number) for number in range(first, first + len(cells))]
