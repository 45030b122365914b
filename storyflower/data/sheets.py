"""The sheets of an .xlsx workbook, read as text."""

import io
import zipfile
from collections.abc import Callable
from functools import cache
from xml.etree.ElementTree import ParseError

import fastexcel
from openpyxl.utils import get_column_letter

from storyflower.data.containers import require_workbook
from storyflower.data.formulas import with_formulas
from storyflower.data.headers import COLUMNS_READ
from storyflower.data.merged import ranges_merged_downwards
from storyflower.data.sheet_parts import sheet_parts
from storyflower.data.tables import Table, TableFile
from storyflower.errors import WorkbookError, first_line
from storyflower.messages import problem
from storyflower.quoting import shortened

_NO_WORKBOOK_INSIDE = "Cannot detect file format"  # the reader's whole message when the workbook's own parts are broken


def sheets_of(content: bytes, name: str, limit_mb: int) -> TableFile:
    """The sheets of a workbook; each is read when `load` is called.

    Raises:
        WorkbookError: the file is no intact .xlsx workbook (now, or when a sheet is read), or holds no sheet.
    """
    require_workbook(content, name, limit_mb)
    try:
        reader = fastexcel.read_excel(content)
    except fastexcel.FastExcelError as error:
        raise _unreadable(error, name) from error
    if not reader.sheet_names:
        raise problem(WorkbookError, "truncated", name)

    @cache
    def parts() -> dict[str, str]:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sheet_parts(archive)

    return TableFile(
        tuple(reader.sheet_names),
        load=lambda sheet: _load(reader, content, sheet, parts, name),
        merged=lambda sheet: ranges_merged_downwards(content, parts()[sheet]),
    )


def _load(
    reader: fastexcel.ExcelReader, content: bytes, sheet: str, parts: Callable[[], dict[str, str]], name: str
) -> Table:
    try:
        # No header and no skipped row: line n of the table is row n + 1 of the sheet, blank rows at the top included.
        table = reader.load_sheet(
            sheet,
            header_row=None,
            skip_rows=0,
            dtypes="string",
            whitespace_as_null=True,
            use_columns=lambda column: column.absolute_index < COLUMNS_READ,
        )
        letters = [get_column_letter(column.absolute_index + 1) for column in table.selected_columns]
        cells = table.to_pandas().set_axis(letters, axis=1)
    except fastexcel.FastExcelError as error:
        raise _unreadable(error, name) from error
    try:
        cells, from_formulas = with_formulas(cells, content, parts()[sheet])
    except (ParseError, KeyError, ValueError) as error:
        raise problem(WorkbookError, "unreadable", f"{name} [{shortened(sheet)}]", reason=str(error)) from error
    return Table(sheet, cells, hidden=table.visible != "visible", from_formulas=tuple(from_formulas))


def _unreadable(error: fastexcel.FastExcelError, name: str) -> WorkbookError:
    reason = first_line(error).removeprefix("calamine error: ")
    if reason == _NO_WORKBOOK_INSIDE:
        return problem(WorkbookError, "truncated", name)
    return problem(WorkbookError, "unreadable", name, reason=reason)
