"""The sheets of an .xlsx workbook, read as text."""

from xml.etree.ElementTree import ParseError

import fastexcel

from storyflower.data.containers import require_workbook
from storyflower.data.formulas import with_formulas
from storyflower.data.headers import column_letters
from storyflower.data.merged import ranges_merged_downwards
from storyflower.data.tables import Table, TableFile
from storyflower.errors import WorkbookError, first_line
from storyflower.messages import problem

_NO_WORKBOOK_INSIDE = "Cannot detect file format"  # all that the reader says when the workbook's own parts are broken


def sheets_of(content: bytes, name: str, limit_mb: int) -> TableFile:
    """The sheets of a workbook; each is read when it is asked for.

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
    return TableFile(
        tuple(reader.sheet_names),
        load=lambda sheet: _load(reader, content, sheet, name),
        merged=lambda sheet: ranges_merged_downwards(content, sheet),
    )


def _load(reader: fastexcel.ExcelReader, content: bytes, sheet: str, name: str) -> Table:
    try:
        # No header and no skipped row: line n of the table is row n + 1 of the sheet, blank rows at the top included.
        table = reader.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string", whitespace_as_null=True)
        letters = [column_letters(column.absolute_index) for column in table.available_columns()]
        cells = table.to_pandas().set_axis(letters, axis=1)
    except fastexcel.FastExcelError as error:
        raise _unreadable(error, name) from error
    try:
        cells, from_formulas = with_formulas(cells, content, sheet)
    except (ParseError, KeyError, ValueError) as error:
        raise problem(WorkbookError, "unreadable", f"{name} [{sheet}]", reason=str(error)) from error
    return Table(sheet, cells, hidden=table.visible != "visible", from_formulas=tuple(from_formulas))


def _unreadable(error: fastexcel.FastExcelError, name: str) -> WorkbookError:
    reason = first_line(error).removeprefix("calamine error: ")
    if reason == _NO_WORKBOOK_INSIDE:
        return problem(WorkbookError, "truncated", name)
    return problem(WorkbookError, "unreadable", name, reason=reason)
