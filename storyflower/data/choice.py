"""Which sheet of a file is read, which of its rows is the header, and where the needed columns stand in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from storyflower.cleaning import clean
from storyflower.data.headers import Header, find_slice_columns, headers_in, needed_columns, places_of
from storyflower.data.missing import columns_found, missing_columns, nearest_header, sheet_options
from storyflower.data.tables import Note, Table, TableFile
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import listed, quoted, shortened
from storyflower.recipe_data import DataRecipe

SHEETS_SEARCHED = 100
"""Sheets of a workbook, from the first, in which the needed columns are looked for where the recipe names none."""

# What stands beside the cells in what we write.
_OURS = {"workbook", "workbook_sha256", "sheet", "excel_row", "reason", "same_text_at"}


@dataclass(frozen=True)
class Choice:
    """A table with its header, and what to know about the choice.

    places: the place (from 0) of each needed column in the recipe's order, then of the slice columns it has.
    """

    table: Table
    header: Header
    places: dict[str, int]
    notes: tuple[Note, ...]
    rows_left: dict[str, int]
    """Rows of the other sheets that hold the needed columns, by sheet."""

    @property
    def letters(self) -> dict[str, str]:
        """The letters that Excel shows for each of the columns."""
        return {column: str(self.table.cells.columns[place]) for column, place in self.places.items()}


@dataclass(frozen=True)
class _Candidate:
    """A table, and the rows in it that hold every needed column."""

    table: Table
    headers: tuple[Header, ...]

    @cached_property
    def rows(self) -> int:
        below = self.table.cells.iloc[self.headers[-1].line + 1 :]
        return int(below.notna().any(axis=1).sum())


_PREFERRED: tuple[Callable[[_Candidate], bool], ...] = (
    lambda candidate: candidate.rows > 0,
    lambda candidate: not candidate.table.hidden,
)


def choose_table(file: TableFile, recipe: DataRecipe, name: str) -> Choice:
    """The sheet that the recipe names; without a name the first, or the only one that holds the needed columns.

    The first `SHEETS_SEARCHED` sheets are searched. A hidden sheet is taken only where no visible one holds them; one
    without rows below its header, where none has.

    Raises:
        WorkbookError: no sheet or several hold the needed columns, or the one that is named does not; several rows
            or columns of the sheet could be meant.
    """
    if taken := _OURS.intersection(map(clean, needed_columns(recipe))):
        raise problem(WorkbookError, "reserved_column", quoted(name), column=", ".join(sorted(taken)))
    if recipe.sheet is not None:
        return _with_header(_named(file, recipe, recipe.sheet, name), recipe, name, (), {})
    tables = [file.load(sheet) for sheet in file.sheets[:SHEETS_SEARCHED]]
    holding = [_Candidate(table, tuple(headers)) for table in tables if (headers := headers_in(table.cells, recipe))]
    if not holding:
        raise _nothing_found(tables, file.sheets, recipe, name)
    every = holding
    for preferred in _PREFERRED:
        holding = list(filter(preferred, holding)) or holding
    chosen, sheets = holding[0], [candidate.table.sheet for candidate in holding]
    if len(holding) > 1 and chosen.table is not tables[0]:
        raise problem(
            WorkbookError, "several_sheets", quoted(name), sheets=listed(sheets), options=sheet_options(sheets)
        )
    left = {candidate.table.sheet: candidate.rows for candidate in every if candidate is not chosen and candidate.rows}
    return _with_header(chosen, recipe, name, _about_sheets(chosen.table, tables[0], left, file.sheets), left)


def where_of(name: str, sheet: str) -> str:
    """File and sheet, for messages."""
    return f"{quoted(name)} [{shortened(sheet)}]"


def _named(file: TableFile, recipe: DataRecipe, wanted: str, name: str) -> _Candidate:
    found = next((sheet for sheet in file.sheets if clean(sheet) == clean(wanted)), None)
    if found is None:
        raise problem(WorkbookError, "no_such_sheet", quoted(name), sheet=shortened(wanted), sheets=listed(file.sheets))
    table = file.load(found)
    if headers := headers_in(table.cells, recipe):
        return _Candidate(table, tuple(headers))
    nearest = nearest_header(table.cells, recipe)
    if nearest is None:
        raise _empty_sheet(table, file.sheets, name)
    searched = [sheet for sheet in file.sheets[:SHEETS_SEARCHED] if sheet != found]
    others = [sheet for sheet in searched if headers_in(file.load(sheet).cells, recipe)]
    raise missing_columns(nearest, recipe, where_of(name, found), others)


def _nothing_found(tables: Sequence[Table], sheets: Sequence[str], recipe: DataRecipe, name: str) -> WorkbookError:
    """The error about the searched sheet that holds the most of the needed columns, the first of several."""
    nearest = [(table, header) for table in tables if (header := nearest_header(table.cells, recipe))]
    if not nearest:
        return _empty_sheet(tables[0], sheets, name)
    table, header = max(nearest, key=lambda pair: columns_found(pair[1], recipe))
    error = missing_columns(header, recipe, where_of(name, table.sheet))
    if len(sheets) > len(tables):
        error.remedy = " ".join([say("sheets_searched", count=len(sheets), searched=len(tables)), error.remedy])
    return error


def _empty_sheet(table: Table, sheets: Sequence[str], name: str) -> WorkbookError:
    return problem(WorkbookError, "empty_sheet", where_of(name, table.sheet), sheets=listed(sheets))


def _about_sheets(chosen: Table, first: Table, left: Mapping[str, int], sheets: Sequence[str]) -> tuple[Note, ...]:
    """The notes about the sheets of a file: `left` as in `Choice.rows_left`, `sheets` all of the file."""
    notes: list[Note] = []
    if chosen is not first:
        notes += [Note("sheet_found", {"sheet": shortened(chosen.sheet), "first": shortened(first.sheet)})]
    if left:
        others = listed([f"{shortened(sheet)} ({rows:,})" for sheet, rows in left.items()], length=60)
        notes += [Note("sheets_left", {"sheet": shortened(chosen.sheet), "others": others})]
    if len(sheets) > SHEETS_SEARCHED:
        notes += [Note("sheets_searched", {"count": str(len(sheets)), "searched": str(SHEETS_SEARCHED)})]
    return tuple(notes)


def _with_header(
    candidate: _Candidate, recipe: DataRecipe, name: str, notes: tuple[Note, ...], rows_left: dict[str, int]
) -> Choice:
    table, header = candidate.table, candidate.headers[0]
    where = where_of(name, table.sheet)
    row = table.row_number(header.line)
    if len(candidate.headers) > 1:
        rows = ", ".join(str(table.row_number(header.line)) for header in candidate.headers)
        raise problem(WorkbookError, "several_headers", where, rows=rows)
    if header.below_first:
        notes = (*notes, Note("header_below", {"row": str(row)}))
    places = places_of(needed_columns(recipe), header.titles)
    for column, found in places.items():
        if len(found) > 1:
            letters = ", ".join(str(table.cells.columns[place]) for place in found)
            raise problem(WorkbookError, "repeated_column", where, column=column, letters=letters)
        if (title := header.titles[found[0]]) != clean(column):
            notes = (*notes, Note("header_spelled", {"title": title, "column": column}))
    needed = {column: found[0] for column, found in places.items()}
    slices = {title: place for title, place in find_slice_columns(header.titles).items() if title not in needed}
    return Choice(table, header, needed | slices, notes, rows_left)
