"""Cells of the workbooks that we write: nothing in them is ever taken for a formula."""

import re
from math import isfinite

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_TOP = Alignment(vertical="top", wrap_text=True)
_FORMULA_MARKS = ("=", "+", "-", "@")
# Excel reads `_x0041_` in a file as an escape; a text that holds it literally must be escaped itself.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def heading_cell(sheet: WriteOnlyWorksheet, title: str) -> Cell:
    """A column's title, bold on grey; it is shown literally too, since it may come from a file of others."""
    cell = Cell(sheet, 1, 1)
    write_literally(cell, title)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="FFEFEFEF")
    return cell


def literal_cell(sheet: WriteOnlyWorksheet, value: object) -> Cell | float | None:
    """A text as a cell that shows it literally, whatever it begins with; a number as it is; else an empty cell."""
    if not isinstance(value, str):
        return value if isinstance(value, int) or (isinstance(value, float) and isfinite(value)) else None
    cell = Cell(sheet, 1, 1)
    write_literally(cell, value)
    return cell


def write_literally(cell: Cell, value: str) -> None:
    """Put a text into a cell so that it is shown literally, whatever it begins with."""
    text = literal_text(value)
    cell.value = text
    cell.alignment = _TOP
    # openpyxl takes a leading "=" for a formula; and Excel would, once the cell is edited, unless it is quoted.
    cell.quotePrefix = text.startswith(_FORMULA_MARKS)
    cell.data_type = "s"


def literal_text(value: str) -> str:
    """A text as a file holds it so that Excel shows it letter for letter, without what XML cannot hold."""
    return _LOOKS_ESCAPED.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("", value))


def marked(sheet: WriteOnlyWorksheet, cell: Cell | float | None, colour: str) -> Cell:
    """A cell as `literal_cell` gives it, filled with a colour (ARGB, hexadecimal)."""
    filled = cell if isinstance(cell, Cell) else Cell(sheet, 1, 1, cell)
    filled.fill = PatternFill("solid", fgColor=colour)
    return filled
