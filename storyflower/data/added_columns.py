"""An .xlsx workbook with columns behind those of its sheets and one more sheet at the end; all else stays.

The file is not written anew by a library, which would lose charts, images, pivot tables and what newer versions of
Excel add: bytes are put into the parts of the sheets, of the styles and of the lists of parts. Other parts are copied.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import quoteattr

from openpyxl.utils import get_column_letter

from storyflower.data.appended_cells import NewCell, NoRoomForColumns, Value, cell_xml, with_appended
from storyflower.data.cell_styles import Style, with_styles
from storyflower.data.choice import where_of
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.reader_process import reader
from storyflower.data.sheet_edit import is_utf8, with_parts
from storyflower.data.sheet_parts import sheet_parts
from storyflower.data.xml_edit import sections, spliced
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted

_BOOK, _LINKS, _TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_LINKED = re.compile(rb"<(?:[\w.-]+:)?sheet\s[^>]*?([\w.-]+):id=")
_WIDTH = 12.0
_LONGEST_NAME = 31


@dataclass(frozen=True)
class Added:
    """A value with its style; None for the plain one."""

    value: Value
    style: Style | None = None


@dataclass(frozen=True)
class SheetAdditions:
    """What is put behind the last column of a sheet."""

    sheet: str
    header_row: int
    titles: tuple[str, ...]
    rows: Mapping[int, tuple[Added, ...]]
    """By row, from 1; each as long as `titles`."""


@dataclass(frozen=True)
class Additions:
    """What is added to a workbook."""

    columns: tuple[SheetAdditions, ...]
    summary_name: str
    """Of the sheet at the end; another is taken where the workbook has a sheet of this name."""
    summary: tuple[tuple[Added, ...], ...]
    """Its rows."""


def add_columns(file: FetchedFile, additions: Additions) -> bytes:
    """The workbook with columns and a sheet added, as a new file; it is made in the reader process.

    Raises:
        WorkbookError: the workbook is damaged, a sheet is not in UTF-8 or has no room for more columns, or it takes
            too much.
    """
    return reader().run("add_columns", file, {"additions": additions}).content


def added_here(file: FetchedFile, additions: Additions) -> bytes:
    """The result of `add_columns`, made in this process."""
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            parts, numbers = _styled(archive)
            for added in additions.columns:
                part = sheet_parts(archive)[added.sheet]
                where = where_of(file.name, added.sheet)
                parts[part] = _with_columns(archive.read(part), added, numbers, where)
            parts |= _with_sheet(archive, parts, additions, numbers)
            return with_parts(archive, parts)
    except (ExpatError, ElementTree.ParseError, KeyError, ValueError, AttributeError) as error:
        raise problem(WorkbookError, "unreadable", pasted(file.name), reason=str(error)) from error


def _with_columns(xml: bytes, added: SheetAdditions, numbers: Mapping[Style, int], where: str) -> bytes:
    if not is_utf8(xml):
        raise problem(WorkbookError, "score_sheet_encoding", where)
    rows = {row: [_numbered(cell, numbers) for cell in cells] for row, cells in added.rows.items()}
    try:
        return with_appended(xml, added.header_row, added.titles, rows, _WIDTH)
    except NoRoomForColumns as error:
        raise problem(WorkbookError, "score_no_room", where, columns=len(added.titles)) from error


def _numbered(cell: Added, numbers: Mapping[Style, int]) -> NewCell:
    number = numbers.get(cell.style) if cell.style else None
    return NewCell(cell.value, None if number is None else str(number))


def _styled(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], dict[Style, int]]:
    """The changed list of styles, by its part's name, and the numbers of our styles in it."""
    part = _linked(archive, "/styles")
    xml = archive.read(part) if part else None
    if xml is not None and not is_utf8(xml):
        return {}, {}
    styled, numbers = with_styles(xml)
    if part:
        return {part: styled}, numbers
    part = "xl/storyflower_styles.xml"
    link = _free_link(archive.read(_LINKS), "rIdStoryFlowerStyles")
    return {part: styled} | _registered(archive, {}, part, "/styles", link, _STYLES_TYPE), numbers


def _linked(archive: zipfile.ZipFile, kind: str) -> str | None:
    """The part that the workbook links to as of this kind."""
    for link in ElementTree.fromstring(archive.read(_LINKS)):  # noqa: S314  # expat bounds what entities unfold to
        if link.get("Type", "").endswith(kind):
            return posixpath.normpath(posixpath.join("xl", link.get("Target", ""))).lstrip("/")
    return None


def _registered(
    archive: zipfile.ZipFile, parts: Mapping[str, bytes], part: str, kind: str, link: str, content_type: str
) -> dict[str, bytes]:
    """The lists of parts and of links with one more part in each; `parts` are those changed before."""
    links = parts.get(_LINKS, archive.read(_LINKS))
    kinds = (found.get("Type", "") for found in ElementTree.fromstring(links))  # noqa: S314
    sheets = next(found for found in kinds if found.endswith("/worksheet"))
    relation = sheets.removesuffix("/worksheet") + kind  # the address differs between the editions of the format
    target = posixpath.relpath(part, "xl")
    types = parts.get(_TYPES, archive.read(_TYPES))
    override = f'PartName="/{part}" ContentType="{content_type}"'
    return {
        _LINKS: _listed(links, "Relationships", f'Relationship Id="{link}" Type="{relation}" Target="{target}"'),
        _TYPES: _listed(types, "Types", f"Override {override}"),
    }


def _free_link(links: bytes, wanted: str) -> str:
    """The id of a new link: as wanted, or with a number behind it where an earlier scoring has left one."""
    taken = {found.get("Id") for found in ElementTree.fromstring(links)}  # noqa: S314
    numbered = (wanted if number == 1 else f"{wanted}{number}" for number in range(1, len(taken) + 2))
    return next(link for link in numbered if link not in taken)


def _listed(xml: bytes, name: str, element: str) -> bytes:
    """The XML with an element at the end of the (first) element `name`."""
    if not is_utf8(xml):
        raise ValueError(f"<{name}> is not in UTF-8")
    section = sections(xml, [name])[name]
    return spliced(xml, section.appended(xml, [f"<{section.prefix}{element}/>"]))


def _with_sheet(
    archive: zipfile.ZipFile, parts: Mapping[str, bytes], additions: Additions, numbers: Mapping[Style, int]
) -> dict[str, bytes]:
    """The part of the new sheet, and the lists that name it."""
    taken = set(archive.namelist())
    part = next(name for number in range(1, 10_000) if (name := f"xl/worksheets/sheet{number}.xml") not in taken)
    book = ElementTree.fromstring(archive.read(_BOOK))  # noqa: S314
    sheets = list(book.iterfind("{*}sheets/{*}sheet"))
    name = _free_name(additions.summary_name, [sheet.get("name", "") for sheet in sheets])
    number = max(int(sheet.get("sheetId", "0")) for sheet in sheets) + 1
    space = next(attribute[1:].partition("}")[0] for attribute in sheets[0].attrib if attribute.endswith("}id"))
    link = _free_link(parts.get(_LINKS, archive.read(_LINKS)), "rIdStoryFlowerSummary")
    found = _LINKED.search(archive.read(_BOOK))
    prefix = found[1].decode() if found else "r"  # of the attribute `r:id`, which some readers know by it alone
    entry = f'sheet xmlns:{prefix}="{space}" name={quoteattr(name)} sheetId="{number}" {prefix}:id="{link}"'
    main = book.tag[1:].partition("}")[0] or _MAIN
    return {
        part: _sheet_xml(main, additions.summary, numbers),
        _BOOK: _listed(archive.read(_BOOK), "sheets", entry),
        **_registered(archive, parts, part, "/worksheet", link, _SHEET_TYPE),
    }


def _free_name(wanted: str, names: Sequence[str]) -> str:
    """The name, or with a number behind it where a sheet has it; Excel does not tell capital letters from small."""
    taken = {name.casefold() for name in names}
    numbered = (wanted if number == 1 else f"{wanted} ({number})" for number in range(1, len(names) + 2))
    return next(name for name in numbered if name[:_LONGEST_NAME].casefold() not in taken)


def _sheet_xml(main: str, rows: Sequence[Sequence[Added]], numbers: Mapping[Style, int]) -> bytes:
    lines = [
        f'<row r="{number}">'
        + "".join(
            cell_xml("", f"{get_column_letter(place)}{number}", _numbered(cell, numbers))
            for place, cell in enumerate(cells, start=1)
        )
        + "</row>"
        for number, cells in enumerate(rows, start=1)
    ]
    spans = ((1, 1, 24), (2, 8, 18))
    columns = (f'<col min="{low}" max="{high}" width="{width}" customWidth="1"/>' for low, high, width in spans)
    widths = f"<cols>{''.join(columns)}</cols>"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<worksheet xmlns="{main}">{widths}<sheetData>{"".join(lines)}</sheetData></worksheet>'.encode()
