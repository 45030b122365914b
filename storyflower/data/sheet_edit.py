"""Cells of one sheet replaced inside an .xlsx file; every other byte of the sheet and every other part stays.

The sheet's XML is not written anew: the bytes of the cells named are cut out and put in, so that styles, charts,
images, comments, data validation and what newer versions of Excel add all survive.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from copy import copy as shallow_copy
from xml.parsers import expat

from openpyxl.utils import get_column_letter

from storyflower.data.appended_cells import NewCell, cell_xml
from storyflower.data.sheet_layout import Layout, Place, Row, layout_of, local_name
from storyflower.data.sheet_parts import sheet_parts
from storyflower.data.xml_edit import Edit, spliced

_CALC_CHAIN = "xl/calcChain.xml"
_OTHER_ENCODING = re.compile(rb"<\?xml[^>]*?encoding=[\"'](?!utf-?8[\"']|us-ascii[\"'])", re.IGNORECASE)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class CellsNotReplaceable(Exception):  # noqa: N818 - the caller turns it into an error that users read
    """Some cells cannot be replaced without a change elsewhere in the workbook.

    cells: address such as `F12`, and why, as a code of `say`: `cell_formula`, `cell_merged`, `cell_absent` or
        `cell_encoding` (the sheet's XML is not in UTF-8); in the order of the sheet.
    """

    def __init__(self, cells: list[tuple[str, str]]) -> None:
        self.cells = cells
        super().__init__(cells)


def replace_cells(content: bytes, sheet: str, values: Mapping[Place, str]) -> bytes:
    """The .xlsx file `content` with texts put into cells of one sheet.

    Args:
        content: an intact .xlsx file.
        sheet: the sheet's name.
        values: texts by place; a cell keeps its style.

    Raises:
        CellsNotReplaceable: a cell belongs to a chain or group of formulas, lies covered in a merged range, or its
            row is not in the sheet, or the sheet is not in UTF-8.
        KeyError: the workbook has no such sheet.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = sheet_parts(archive)[sheet]
        xml = archive.read(part)
        if not is_utf8(xml):
            raise CellsNotReplaceable([(_address(place), "cell_encoding") for place in sorted(values)])
        layout = layout_of(xml, {row for row, _ in values})
        chained = _chained(archive) if layout.formulas else set()
        if refused := _refused(layout, values, chained):
            raise CellsNotReplaceable(refused)
        return with_parts(archive, {part: spliced(xml, _edits(xml, layout, values))})


def is_utf8(xml: bytes) -> bool:
    """Whether an XML part is in UTF-8, as all are that do not say otherwise; only in such can bytes be put in."""
    return not (xml.startswith(_UTF16_MARKS) or _OTHER_ENCODING.match(xml))


def _chained(archive: zipfile.ZipFile) -> set[str]:
    """Addresses in Excel's chain of calculation, whatever their sheet: Excel reports damage where one is no formula."""
    if _CALC_CHAIN not in archive.namelist():
        return set()
    addresses: set[str] = set()
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "c":
            addresses.add(attributes["r"])

    parser.StartElementHandler = start
    parser.Parse(archive.read(_CALC_CHAIN), True)
    return addresses


def _refused(layout: Layout, values: Mapping[Place, str], chained: set[str]) -> list[tuple[str, str]]:
    refused = []
    for row, column in sorted(values):
        address = _address((row, column))
        kind = layout.formulas.get((row, column))
        if row not in layout.rows:
            refused.append((address, "cell_absent"))
        elif kind is not None and (kind != "normal" or address in chained):
            refused.append((address, "cell_formula"))
        elif any(_covers(merged, row, column) for merged in layout.merged):
            refused.append((address, "cell_merged"))
    return refused


def _address(place: Place) -> str:
    return f"{get_column_letter(place[1])}{place[0]}"


def _covers(merged: tuple[int, int, int, int], row: int, column: int) -> bool:
    """Whether a cell cannot be replaced alone because of a merged range.

    Only the upper left cell of a range is shown; merged downwards, its value is read as that of each of the rows.
    """
    left, top, right, bottom = merged
    lies_in = left <= column <= right and top <= row <= bottom
    return lies_in and (bottom > top or (column, row) != (left, top))


def _edits(xml: bytes, layout: Layout, values: Mapping[Place, str]) -> Iterator[Edit]:
    """The edits that cut cells out and put them in."""
    of_row: dict[int, dict[int, str]] = {}
    for (row, column), value in values.items():
        of_row.setdefault(row, {})[column] = value
    for number, of_columns in of_row.items():
        yield from _edits_of_row(xml, number, layout.rows[number], of_columns)


def _edits_of_row(xml: bytes, number: int, row: Row, values: Mapping[int, str]) -> list[Edit]:
    """The edits in a row, from left to right; one for the whole row where it is empty."""
    tag = xml[row.element.start + 1 : row.element.start + 64].split(None, 1)[0].split(b">", 1)[0].decode()
    prefix = tag[: tag.rfind(":") + 1]  # of the namespace, with its colon; empty where there is none
    has_style = row.element.attributes.get("customFormat") in ("1", "true")
    row_style = row.element.attributes.get("s") if has_style else None
    edits = []
    for column, value in sorted(values.items()):
        old = row.cells.get(column)
        style = old.attributes.get("s") if old else row_style
        new = cell_xml(prefix, _address((number, column)), NewCell(value, style or None)).encode()
        left = [place for place in row.cells if place < column]
        place = row.cells[max(left)].end if left else row.element.content  # behind the last cell to the left of it
        edits.append((old.start, old.end, new) if old else (place, place, new))
    if row.element.content < row.element.end:
        return edits
    opening = xml[row.element.start : row.element.end - 2].rstrip() + b">"  # the row is empty: `<row r="2"/>`
    cells = b"".join(new for _, _, new in edits)
    return [(row.element.start, row.element.end, opening + cells + f"</{prefix}row>".encode())]


def with_parts(archive: zipfile.ZipFile, parts: Mapping[str, bytes]) -> bytes:
    """The archive with these parts replaced, or added at its end; order, times and attributes of the others stay."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        written.comment = archive.comment
        for member in archive.infolist():
            data = parts[member.filename] if member.filename in parts else archive.read(member)
            written.writestr(shallow_copy(member), data)  # writing alters the entry, which `archive` still needs
        for name in parts.keys() - set(archive.namelist()):
            written.writestr(zipfile.ZipInfo(name), parts[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()
