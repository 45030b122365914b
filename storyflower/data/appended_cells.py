"""Cells put behind the last column of a sheet, inside its XML; every other byte of the sheet stays."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter, range_boundaries

from storyflower.data.safe_cells import literal_text
from storyflower.data.sheet_layout import Position, end_of_element, end_of_tag, local_name
from storyflower.data.xml_edit import Edit, spliced

Value = str | int | float | None
LAST_COLUMN = 16_384
"""Of a sheet of Excel."""

_SPANS = re.compile(rb'\sspans=("[^"]*"|\'[^\']*\')')
_REF = re.compile(rb'(\bref=["\'])[^"\']*')
_INSIDE = frozenset({"v", "is", "f"})


@dataclass(frozen=True)
class NewCell:
    """A cell's value and its attribute `s`, the number of a style; None for the style that blank cells have."""

    value: Value
    style: str | None = None


class NoRoomForColumns(Exception):  # noqa: N818 - the caller turns it into an error that users read
    """The sheet is as wide as a sheet of Excel can be."""


@dataclass
class _Row:
    """A row: its start tag [start, content), its end tag, and the blank cells behind its last value."""

    start: int
    content: int
    end: int = 0
    blanks: list[tuple[int, int, int]] = field(default_factory=list)
    """Column (from 1), first byte and last byte of each."""
    style: str | None = None
    """Of the last cell that has a value."""


def with_appended(
    xml: bytes, header_row: int, titles: Sequence[str], rows: Mapping[int, Sequence[NewCell]], width: float
) -> bytes:
    """The XML of a sheet, in UTF-8, with columns behind the last one that holds anything.

    Args:
        xml: of the sheet.
        header_row: from 1; the titles take the style of the last title there.
        titles: of the k new columns.
        rows: the k new cells of each row (from 1) that gets any; rows that the sheet lacks are left out.
        width: of the new columns, in characters, where the sheet sets no width there already.

    Raises:
        NoRoomForColumns: there are no k columns left.
        ExpatError: it is no XML.
        ValueError: a cell's address cannot be.
    """
    scan = _Scan(xml, rows.keys() | {header_row})
    first = scan.last_column + 1
    last = first + len(titles) - 1
    if last > LAST_COLUMN:
        raise NoRoomForColumns
    edits = [*scan.widened(first, last, width)]
    for number, row in scan.rows.items():
        if number == header_row:
            style = str(int(row.style)) if row.style else None
            edits += scan.appended(number, row, first, [NewCell(title, style) for title in titles])
        else:
            edits += scan.appended(number, row, first, rows[number])
    return spliced(xml, edits)


def cell_xml(prefix: str, address: str, cell: NewCell) -> str:
    """A cell; a text stands in it literally, and is never a formula."""
    styled = "" if cell.style is None else f" s={quoteattr(cell.style)}"
    if cell.value is None:
        return f'<{prefix}c r="{address}"{styled}/>'
    if not isinstance(cell.value, str):
        return f'<{prefix}c r="{address}"{styled}><{prefix}v>{cell.value!r}</{prefix}v></{prefix}c>'
    text = escape(literal_text(cell.value), {"\r": "&#13;"})
    literal = f'<{prefix}is><{prefix}t xml:space="preserve">{text}</{prefix}t></{prefix}is>'
    return f'<{prefix}c r="{address}"{styled} t="inlineStr">{literal}</{prefix}c>'


class _Scan:
    """One pass over the XML of a sheet: its wanted rows, its widest row, its declared size and its columns' widths.

    Other rows are not kept: there may be a million that are blank but styled.
    """

    def __init__(self, xml: bytes, wanted: Set[int]) -> None:
        self.rows: dict[int, _Row] = {}
        """The wanted ones that there are."""
        self.last_column = 0
        """The last one with a value, or in a merged range."""
        self._xml, self._wanted = xml, wanted
        self._prefix = ""
        self._at, self._cell, self._is_blank = Position(), 0, True
        self._current: _Row | None = None
        self._cell_style: str | None = None
        self._widths: list[tuple[int, int]] = []
        self._columns_end = self._data = 0
        self._dimension: tuple[int, int, str] | None = None
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.Parse(xml, True)

    def appended(self, number: int, row: _Row, first: int, cells: Sequence[NewCell]) -> Iterator[Edit]:
        """The edits that put cells into a row from the column `first` on, in the place of blank ones."""
        tag = self._xml[row.start : row.content]
        if _SPANS.search(tag):
            yield row.start, row.content, _SPANS.sub(b"", tag)  # a hint about the width, which is now another
        new = "".join(
            cell_xml(self._prefix, f"{get_column_letter(first + place)}{number}", cell)
            for place, cell in enumerate(cells)
        ).encode()
        replaced = [(start, end) for column, start, end in row.blanks if first <= column < first + len(cells)]
        behind = [start for column, start, _ in row.blanks if column >= first + len(cells)]
        at = replaced[0][0] if replaced else behind[0] if behind else row.end
        end = replaced[-1][1] if replaced else at
        yield at, end, new

    def widened(self, first: int, last: int, width: float) -> Iterator[Edit]:
        """The edits for the declared size of the sheet, and for the new columns' widths where none is set there."""
        if self._dimension is not None:
            start, end, ref = self._dimension
            left, top, right, bottom = (bound or 1 for bound in range_boundaries(ref))
            size = f"{get_column_letter(left)}{top}:{get_column_letter(max(last, right))}{bottom}".encode()
            yield start, end, _REF.sub(rb"\g<1>" + size, self._xml[start:end])
        if any(high >= first for _, high in self._widths):
            return
        column = f'<{self._prefix}col min="{first}" max="{last}" width={quoteattr(str(width))} customWidth="1"/>'
        if self._widths:
            yield self._columns_end, self._columns_end, column.encode()
        else:
            yield self._data, self._data, f"<{self._prefix}cols>{column}</{self._prefix}cols>".encode()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local_name(tag)
        if name in _INSIDE:
            self._is_blank = False
        elif name == "c":
            self._at.enter_cell(attributes)
            self._cell, self._is_blank = self._parser.CurrentByteIndex, True
            self._cell_style = attributes.get("s")
        elif name == "row":
            self._at.enter_row(attributes)
            self._current = None
            if self._at.row in self._wanted:
                start = self._parser.CurrentByteIndex
                self._current = self.rows[self._at.row] = _Row(start, end_of_tag(self._xml, start))
        elif name == "mergeCell":
            self.last_column = max(self.last_column, range_boundaries(attributes["ref"])[2] or 0)
        elif name == "col":
            self._widths.append((int(attributes["min"]), int(attributes["max"])))
        elif name == "sheetData":
            self._prefix, self._data = tag[: tag.rfind(":") + 1], self._parser.CurrentByteIndex
        elif name == "dimension":
            start = self._parser.CurrentByteIndex
            self._dimension = (start, end_of_tag(self._xml, start), attributes["ref"])

    def _end(self, tag: str) -> None:
        name, at = local_name(tag), self._parser.CurrentByteIndex
        if name == "c":
            self._end_of_cell(at)
        elif name == "row" and self._current is not None:
            self._current.end = at
        elif name == "cols":
            self._columns_end = at

    def _end_of_cell(self, at: int) -> None:
        if not self._is_blank:
            self.last_column = max(self.last_column, self._at.column)
        if self._current is None:
            return
        if self._is_blank:
            end = end_of_element(self._xml, end_of_tag(self._xml, self._cell), at)
            self._current.blanks.append((self._at.column, self._cell, end))
        else:
            self._current.blanks.clear()
            self._current.style = self._cell_style
