"""The places of cells in the XML of a sheet, in bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from openpyxl.utils import column_index_from_string, range_boundaries

Place = tuple[int, int]
"""Row and column of a cell, both from 1."""

_NAMED = ("row", "c", "f", "mergeCell")
_INSIDE_A_CELL = 2  # elements open: the row and the cell


@dataclass
class Element:
    """An element of the sheet's XML: bytes [start, end) and its attributes."""

    attributes: dict[str, str]
    start: int
    end: int = 0
    content: int = 0
    """The first byte of the content; equal to `end` for `<c/>`."""


@dataclass
class Row:
    """A row and its cells by column, from 1."""

    element: Element
    cells: dict[int, Element] = field(default_factory=dict)


@dataclass
class Layout:
    """The places of the requested cells in the XML."""

    rows: dict[int, Row] = field(default_factory=dict)
    formulas: dict[Place, str] = field(default_factory=dict)
    """Kinds of the formulas (`normal`, `shared`, `array`, `dataTable`) in the requested rows."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First column, first row, last column, last row of each merged range."""


class Position:
    """The row and the column, from 1, that a pass over a sheet has come to; those without an `r` follow the last."""

    def __init__(self) -> None:
        self.row, self.column = 0, 0

    def enter_row(self, attributes: Mapping[str, str]) -> None:
        """Go to the row that starts."""
        self.row, self.column = int(attributes.get("r", self.row + 1)), 0

    def enter_cell(self, attributes: Mapping[str, str]) -> None:
        """Go to the cell that starts."""
        letters = attributes.get("r", "").rstrip("0123456789")
        self.column = column_index_from_string(letters) if letters else self.column + 1


def layout_of(xml: bytes, wanted: set[int]) -> Layout:
    """The requested rows and their cells; rows and cells without an `r` follow the one before."""
    return _Scan(xml, wanted).layout


class _Scan:
    """One pass over the XML of a sheet."""

    def __init__(self, xml: bytes, wanted: set[int]) -> None:
        self.layout = Layout()
        self._xml, self._wanted = xml, wanted
        self._at = Position()
        self._open: list[Element] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.Parse(xml, True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local_name(tag)
        if name not in _NAMED:
            return
        if name == "row":
            self._at.enter_row(attributes)
            if self._at.row in self._wanted:
                self.layout.rows[self._at.row] = Row(self._opened(attributes))
        elif name == "c":
            self._at.enter_cell(attributes)
            if self._at.row in self._wanted:
                self.layout.rows[self._at.row].cells[self._at.column] = self._opened(attributes)
        elif name == "f" and len(self._open) == _INSIDE_A_CELL:
            self.layout.formulas[self._at.row, self._at.column] = attributes.get("t", "normal")
        elif name == "mergeCell":
            left, top, right, bottom = range_boundaries(attributes["ref"])
            self.layout.merged.append((int(left or 1), int(top or 1), int(right or 1), int(bottom or 1)))

    def _opened(self, attributes: dict[str, str]) -> Element:
        start = self._parser.CurrentByteIndex
        element = Element(attributes, start, content=end_of_tag(self._xml, start))
        self._open.append(element)
        return element

    def _end(self, tag: str) -> None:
        if not self._open or local_name(tag) not in ("row", "c"):
            return
        element = self._open.pop()
        element.end = end_of_element(self._xml, element.content, self._parser.CurrentByteIndex)


def end_of_tag(xml: bytes, start: int) -> int:
    """The place behind the `>` of the tag that begins at `start`; attributes may hold a `>` in quotes."""
    place, quote = start, 0
    while quote or xml[place] != ord(">"):
        if quote:
            quote = 0 if xml[place] == quote else quote
        elif xml[place] in b"\"'":
            quote = xml[place]
        place += 1
    return place + 1


def end_of_element(xml: bytes, content: int, end_tag: int) -> int:
    """The place behind an element; of `<c/>`, which has no end tag, the one where its content would begin."""
    is_empty = xml[content - 2 : content] == b"/>"
    return content if is_empty else end_of_tag(xml, end_tag)


def local_name(tag: str) -> str:
    """A tag without its namespace prefix."""
    return tag.rpartition(":")[2]
