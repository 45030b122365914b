"""Formula cells whose value cannot be read: texts that begin with `=`, formulas that failed, formulas never calculated.

openpyxl, and pandas with it, write a text such as `= 327덬 …` as a formula without a value, and XlsxWriter as one with
the value 0. A reader of values finds nothing there, nor where a formula failed (`#REF!`). Such cells are rare, so the
sheet's XML is searched for them as bytes, and the few cells found are parsed.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import IO
from xml.etree import ElementTree

import pandas as pd
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

_ERROR = re.compile(
    r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|ERROR!)"
    r"|Err:[0-9]{3}"  # LibreOffice's
)
_FUNCTION = re.compile(r"(_xl(fn|ws|udf)\.)*[A-Z][A-Z0-9._]*\(", re.IGNORECASE)
_CELL = r"\$?[A-Z]{1,3}\$?[0-9]{1,7}"
_REFERENCE = re.compile(
    rf"@?('[^']+'!|[\w.\[\]]+!)?({_CELL}(:{_CELL})?#?|\$?[A-Z]{{1,3}}:\$?[A-Z]{{1,3}}|\$?[0-9]+:\$?[0-9]+)"
    r"|@?[\w.]*\[.*\]",
    re.IGNORECASE,
)
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_WORKSHEET = re.compile(rb"<(\w+:)?worksheet(?:\s[^>]*)?>")
_CHUNK = 1 << 20
_WRITTEN_FOR_NONE = "0"  # XlsxWriter's value of a formula, before Excel has calculated it


@dataclass(frozen=True)
class FormulaCell:
    """A cell that holds a formula, an error, or both."""

    row: int
    """From 1, as Excel shows it."""
    letters: str
    """The letters of the column, as Excel shows them."""
    formula: str | None
    """With its `=`; None for an error without a formula."""
    value: str | None
    """As stored; None where nothing is."""


def failed(cell: str) -> bool:
    """Whether a cell's trimmed text is the sign of a formula that failed, such as `#REF!`."""
    return cell.startswith(("#", "Err:")) and _ERROR.fullmatch(cell) is not None


def is_formula(cell: str) -> bool:
    """Whether a cell's trimmed text is a formula that Excel could calculate: `=TRIM(A2)`, and not `= 327덬 …` or `=_=`.

    Every name in it must be a cell, a range, a table's column or a function; workbooks' own names are not known here.
    """
    if not cell.startswith("="):
        return False
    try:
        tokens = Tokenizer(cell).items
    except (TokenizerError, IndexError):  # the second where a bracket is closed that was not opened
        return False
    operands = [token for token in tokens if token.type == Token.OPERAND]
    functions = [token for token in tokens if token.type == Token.FUNC and token.subtype == Token.OPEN]
    references = (token.value for token in operands if token.subtype == Token.RANGE)
    return (
        bool(operands or functions)
        and all(map(_REFERENCE.fullmatch, references))
        and all(_FUNCTION.fullmatch(token.value) for token in functions)
    )


def with_formulas(cells: pd.DataFrame, content: bytes, part: str) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """The cells of a sheet, with what its formula cells hold where their value cannot be read.

    A formula without a value is shown as its text, one that failed as its error; the contract judges both.

    Args:
        cells: text (NA where blank) from row 1 on; the columns are the letters that Excel shows.
        content: an intact .xlsx.
        part: the part of it that holds the sheet.

    Returns:
        The cells, and the places (row, letters) of the texts that were read from formulas.

    Raises:
        ElementTree.ParseError, KeyError: the part is missing or is not the XML of a sheet.
    """
    # A column that is blank to the reader has no header, so nothing is looked for in it.
    found = (cell for cell in _formula_cells(content, part) if cell.letters in cells.columns)
    shown = {(cell.row, cell.letters): text for cell in found if (text := _shown(cell))}
    if not shown:
        return cells, []
    height = max(len(cells), *(row for row, _ in shown))  # the reader leaves out rows at the end that are blank to it
    cells = cells.reindex(index=range(height))
    for letter in {letter for _, letter in shown}:
        texts = {row - 1: text for (row, column), text in shown.items() if column == letter}
        cells[letter] = pd.Series(texts).reindex(cells.index).fillna(cells[letter])
    return cells, [place for place, text in shown.items() if text.startswith("=") and not is_formula(text)]


def _shown(cell: FormulaCell) -> str | None:
    """The text that is shown for a cell instead of its value; None where the value is read."""
    if cell.value is None or (cell.value == _WRITTEN_FOR_NONE and not is_formula(cell.formula or "")):
        return cell.formula
    return cell.value if failed(cell.value.strip()) else None


def _formula_cells(content: bytes, part: str) -> Iterator[FormulaCell]:
    """The cells of a sheet with a formula or an error, in their order; cells that do not say where they are, left out.

    A formula that several cells share is written out in the first of them.
    """
    shared: dict[str | None, str | None] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for cell in _parsed(archive, part):
            text = None
            if (formula := cell.find("{*}f")) is not None:
                text = formula.text or shared.get(formula.get("si"))
                shared[formula.get("si")] = text
            if place := _PLACE.fullmatch(cell.get("r", "")):
                yield FormulaCell(int(place[2]), place[1], f"={text}" if text else None, _value(cell))


def _value(cell: ElementTree.Element) -> str | None:
    """The stored value, which may be an empty text where the type of the cell is text."""
    text = cell.findtext("{*}v") or None
    return text or "" if cell.get("t") == "str" else text


def _parsed(archive: zipfile.ZipFile, part: str) -> Iterator[ElementTree.Element]:
    """The cells with a formula or an error, parsed inside the sheet's own start tag, which declares the namespaces."""
    with archive.open(part) as file:
        chunk = file.read(_CHUNK)
        start = _WORKSHEET.search(chunk)
        if start is None:
            return
        prefix = start[1] or b""
        for rows in _rows(chunk, file, b"</" + prefix + b"row>"):
            if found := b"".join(_raw_cells(rows, prefix)):
                xml = start[0] + found + b"</" + prefix + b"worksheet>"
                yield from ElementTree.fromstring(xml)  # noqa: S314  # expat bounds what entities may unfold to


def _rows(chunk: bytes, file: IO[bytes], end: bytes) -> Iterator[bytes]:
    """The XML of a sheet in pieces that never cut a row; `chunk` is what has been read of it, `end` a row's end tag."""
    pieces: list[bytes] = []
    while chunk:
        head, cut, tail = chunk.rpartition(end)
        pieces.append(head + cut or tail)
        if cut:
            yield b"".join(pieces)
            pieces = [tail]
        chunk = file.read(_CHUNK)
    yield b"".join(pieces)


def _raw_cells(rows: bytes, prefix: bytes) -> Iterator[bytes]:
    """The XML of the cells that hold a formula or an error."""
    if b"<" + prefix + b"f" not in rows and b't="e"' not in rows and b"t='e'" not in rows:
        return
    end = b"</" + prefix + b"c>"
    for cell in _with_formula_or_error(prefix).finditer(rows):
        last = rows.find(end, cell.end())
        if last >= 0:
            yield rows[cell.start() : last + len(end)]


@lru_cache
def _with_formula_or_error(prefix: bytes) -> re.Pattern[bytes]:
    """The start of a cell of type `e`, or whose first child is a formula."""
    name = b"<" + prefix
    return re.compile(name + rb"c\s[^<>]*?(?:\bt=[\"']e[\"'][^<>]*>|>\s*" + name + rb"f[\s/>])")
