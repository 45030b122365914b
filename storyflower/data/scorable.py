"""The texts of all sheets of a workbook that is to be scored; what the reader process does with such a file."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa

from storyflower.data.choice import SHEETS_SEARCHED, where_of
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.headers import likely_header
from storyflower.data.merged import filled_down
from storyflower.data.missing import is_misread
from storyflower.data.reader_process import reader
from storyflower.data.sheets import sheets_of
from storyflower.data.tables import Table, TableFile
from storyflower.data.text_columns import (
    TextColumns,
    WantedColumns,
    columns_named,
    labelled,
    only_text_column,
    scorable_rows,
)
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import listed, pasted, quoted, shortened
from storyflower.recipe_data import DataRecipe

_SHEETS_LISTED = 10


@dataclass(frozen=True)
class SheetFound:
    """A sheet of which the texts are scored."""

    sheet: str
    header_row: int
    """As Excel shows it."""
    titles: tuple[str, ...]
    """All titles of the header, cleaned, empty where there is none."""
    text_titles: tuple[str, ...]
    rows: int
    """Below the header that are not blank."""


@dataclass(frozen=True)
class SheetLeft:
    """A sheet that stays as it is."""

    sheet: str
    why: str
    """A code of `say`: `sheet_without_texts`, `sheet_hidden`, `sheet_empty` or `sheet_beyond`."""


@dataclass(frozen=True)
class Scorable:
    """A workbook's texts.

    rows: `sheet` (place in `sheets`), `row` (as Excel shows it), and the columns of `scorable_rows`.
    """

    sheets: tuple[SheetFound, ...]
    left: tuple[SheetLeft, ...]
    all_sheets: tuple[str, ...]
    rows: pd.DataFrame


def read_scorable(file: FetchedFile, wanted: WantedColumns) -> Scorable:
    """The texts of every visible sheet that holds the wanted columns, of hidden ones where no other does.

    The file is parsed in the reader process. One choice of columns is made for the whole workbook: see
    `WantedColumns.choices`; where no sheet holds any of them, the only text column of a sheet is taken.

    Raises:
        WorkbookError: the file is no intact .xlsx workbook, no sheet holds the columns (the message lists those that
            there are), or reading it takes too much.
    """
    reply = reader().run("scorable", file, {"wanted": wanted})
    facts = reply.facts
    sheets = tuple(
        SheetFound(**{**sheet, "titles": tuple(sheet["titles"]), "text_titles": tuple(sheet["text_titles"])})
        for sheet in facts["sheets"]
    )
    left = tuple(SheetLeft(**sheet) for sheet in facts["left"])
    return Scorable(sheets, left, tuple(facts["all_sheets"]), pa.ipc.open_stream(reply.content).read_pandas())


def facts_of(scorable: Scorable) -> dict[str, Any]:
    """All but the rows, as JSON holds it."""
    return {
        "sheets": [asdict(sheet) for sheet in scorable.sheets],
        "left": [asdict(sheet) for sheet in scorable.left],
        "all_sheets": list(scorable.all_sheets),
    }


def scorable_here(file: FetchedFile, wanted: WantedColumns) -> Scorable:
    """The result of `read_scorable`, made in this process."""
    book = sheets_of(file.content, pasted(file.name), DataRecipe().max_uncompressed_mb)
    tables = [book.load(sheet) for sheet in book.sheets[:SHEETS_SEARCHED]]
    chosen = _chosen(tables, wanted)
    if not chosen:
        raise _nothing_found(tables, wanted, file.name)
    found, frames = list[SheetFound](), []
    for table, text_columns in chosen:
        columns = labelled(text_columns, wanted, where_of(file.name, table.sheet), list(map(str, table.cells.columns)))
        below = table.cells.iloc[columns.header.line + 1 :]
        rows = scorable_rows(_labels_filled(below, columns, table, book), columns)
        frames.append(rows.assign(sheet=len(found), row=rows.index + table.first_row).reset_index(drop=True))
        header_row = table.row_number(columns.header.line)
        found.append(SheetFound(table.sheet, header_row, columns.header.titles, columns.titles, len(rows)))
    taken = {sheet.sheet for sheet in found}
    left = [SheetLeft(table.sheet, _why_left(table)) for table in tables if table.sheet not in taken]
    left += [SheetLeft(sheet, "sheet_beyond") for sheet in book.sheets[SHEETS_SEARCHED:]]
    return Scorable(tuple(found), tuple(left), book.sheets, pd.concat(frames, ignore_index=True))


def _chosen(tables: Sequence[Table], wanted: WantedColumns) -> list[tuple[Table, TextColumns]]:
    """The sheets to score, with their columns, by the first choice that any sheet fits; visible sheets first."""
    ways: list[Callable[[pd.DataFrame], TextColumns | None]]
    ways = [partial(columns_named, columns=choice) for choice in wanted.choices]
    if not wanted.named:
        ways.append(partial(only_text_column, of_model=wanted.of_model))
    for way in ways:
        for hidden in (False, True):
            some = [(table, way(table.cells)) for table in tables if table.hidden is hidden]
            if fitting := [(table, columns) for table, columns in some if columns is not None]:
                return fitting
    return []


def _labels_filled(below: pd.DataFrame, columns: TextColumns, table: Table, book: TableFile) -> pd.DataFrame:
    """The cells with labels that are merged downwards in all their rows."""
    letters = [str(below.columns[place]) for place in columns.label_places]
    if not letters or below[letters].notna().all(axis=None):
        return below
    ranges = book.merged(table.sheet)
    rows = pd.Series(below.index + table.first_row, index=below.index)
    filled = {letter: filled_down(below[letter], ranges[letter], rows) for letter in letters if letter in ranges}
    return below.assign(**filled)


def _why_left(table: Table) -> str:
    if table.cells.isna().all(axis=None):
        return "sheet_empty"
    return "sheet_hidden" if table.hidden else "sheet_without_texts"


def _nothing_found(tables: Sequence[Table], wanted: WantedColumns, name: str) -> WorkbookError:
    """The error with the titles of each sheet."""
    titles = (title_list(table.cells, wanted, where_of(name, table.sheet)) for table in tables[:_SHEETS_LISTED])
    sheets = (f"[{shortened(table.sheet)}] {found}" for table, found in zip(tables, titles, strict=False))
    return no_text_column(wanted, "; ".join(sheets), name)


def title_list(cells: pd.DataFrame, wanted: WantedColumns, where: str) -> str:
    """The titles of a table, as an error lists them: of its likely header.

    Raises:
        WorkbookError: they are those that are wanted, read by a wrong encoding.
    """
    header = likely_header(cells)
    titles = header.titles if header else ()
    if is_misread(wanted.choices[0], titles):
        raise problem(WorkbookError, "misread_text", where, title=shortened(max(titles, key=len)))
    return listed([title for title in titles if title]) or say("sheet_empty")


def no_text_column(wanted: WantedColumns, found: str, name: str) -> WorkbookError:
    """The error about a file without the columns of texts; `found` lists those that it has."""
    code = "score_named_column_missing" if wanted.named else "score_no_text_column"
    if not wanted.by_option:
        code = "unlabelled_no_text_column"
    looked_for = say("score.or").join(", ".join(choice) for choice in wanted.choices)
    return problem(WorkbookError, code, quoted(name), wanted=looked_for, found=found)
