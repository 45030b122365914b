"""The mended values of a report put back into the workbook, by its digest, sheet, row and column."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from openpyxl.utils import column_index_from_string
from pydantic import TypeAdapter

from storyflower.cleaning import clean
from storyflower.data.containers import is_text, require_workbook
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.filled_report import FilledReport
from storyflower.data.headers import candidate_rows, places_of
from storyflower.data.labels import canonical_label
from storyflower.data.parsing import tables_of, workbook_of
from storyflower.data.reader_process import reader
from storyflower.data.repair_report import LabelField, RepairLine
from storyflower.data.sheet_edit import CellsNotReplaceable, replace_cells
from storyflower.data.tables import TableFile
from storyflower.data.workbook import EXCEL_ROW, Workbook
from storyflower.errors import DataContractError, WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import shortened
from storyflower.recipe_data import DataRecipe

_LISTED = 10
_DIGEST_SHOWN = 12


@dataclass(frozen=True)
class OtherWorkbook:
    """A workbook that the report names, too."""

    workbook: str
    workbook_sha256: str
    lines: int
    """Lines with a mended value, not put back."""


@dataclass(frozen=True)
class Mended:
    """A mended workbook, and what became of the report's lines."""

    workbook: str
    """Its location, as messages call it."""
    content: bytes
    applied: dict[str, int]
    """Lines put back, by column."""
    left_blank: int
    """Lines of this workbook without a mended value."""
    others: tuple[OtherWorkbook, ...]


def mend(file: FetchedFile, report: FilledReport) -> Mended:
    """Put the mended values of a report into a workbook; cells of lines left blank, and all others, stay.

    The workbook is parsed in the reader process: see `reader_process`.

    Raises:
        WorkbookError: the workbook is no intact .xlsx, the report is about others, a sheet or column that it names is
            not there, or reading it takes too much.
        DataContractError: no value is filled in, one is not among the labels, two contradict each other, or a cell
            cannot be replaced alone.
    """
    reply = reader().run("mend", file, {"report": report})
    return TypeAdapter(Mended).validate_python(dict(reply.facts) | {"content": reply.content})


def mended_here(file: FetchedFile, report: FilledReport) -> Mended:
    """The result of `mend`, made in this process."""
    if is_text(file.content, file.name):
        raise problem(WorkbookError, "only_xlsx_mended", file.name)
    require_workbook(file.content, file.name, DataRecipe().max_uncompressed_mb)
    lines = _lines_about(file, report)
    filled = [line for line in lines if line.mended_value is not None]
    if not filled:
        raise problem(DataContractError, "nothing_mended", file.name, lines=len(lines))
    _require_labels(filled, report.label)
    content, tables = file.content, tables_of(file, DataRecipe())
    tables = replace(tables, load=lru_cache(maxsize=1)(tables.load))  # the header is looked for before a sheet is read
    for sheet in dict.fromkeys(line.sheet for line in filled):
        on_sheet = [line for line in filled if line.sheet == sheet]
        texts = _texts(on_sheet, report.label, f"{file.name} [{sheet}]")
        found = workbook_of(file, tables, _recipe_of(tables, sheet, [column for _, column in texts], report))
        _require_same(on_sheet, found, report.label)
        places = {(row, column_index_from_string(found.letters[column])): text for (row, column), text in texts.items()}
        try:
            content = replace_cells(content, found.sheet, places)
        except CellsNotReplaceable as error:
            cells = _listed(f"{address} ({say(why)})" for address, why in error.cells)
            raise problem(DataContractError, "cells_not_replaceable", f"{file.name} [{sheet}]", cells=cells) from error
    applied = Counter(line.column for line in filled)
    return Mended(file.name, content, dict(applied), len(lines) - len(filled), _others(report.lines, file.sha256))


def _recipe_of(tables: TableFile, sheet: str, columns: Sequence[str], report: FilledReport) -> DataRecipe:
    """What reads a sheet below the header that the report was made of: the row with most of the report's titles.

    Args:
        tables: of the workbook.
        sheet: the name of the sheet.
        columns: those with mended values, which the row must have.
        report: the report.
    """
    label = report.label.columns
    needed = tuple(dict.fromkeys((*columns, *label)))
    others = [title for title in dict.fromkeys(report.columns) if title not in needed]
    further: list[str] = []
    for name in [name for name in tables.sheets if clean(name) == clean(sheet)]:
        for row in candidate_rows(tables.load(name).cells):
            if all(places_of(needed, row.titles).values()):
                held = [title for title, places in places_of(others, row.titles).items() if len(places) == 1]
                further = max(further, held, key=len)
    texts = tuple(column for column in (*needed, *further) if column not in label) or label
    recipe = DataRecipe(sheet=sheet, text_columns=texts, label_column=label[0])
    return replace(recipe, label_set="fine", fine_label_column=label[1]) if len(label) > 1 else recipe


def _require_same(lines: Sequence[RepairLine], found: Workbook, label: LabelField) -> None:
    """Check that each line is about the cell that would be replaced, which then holds the value of the line."""
    rows = found.frame.set_index(EXCEL_ROW)
    others = []
    for line in lines:
        columns = label.columns if line.column == label.column else (line.column,)
        given = rows.loc[[line.excel_row], list(columns)].to_numpy()[0] if line.excel_row in rows.index else ()
        cells = [clean(cell) if isinstance(cell, str) else "" for cell in given]
        joined = "/".join(cells) if any(cells) else ""
        meant = {_letters(joined)}
        if joined and columns == label.columns:  # an evaluation names the label, whatever stands for it in the cells
            meant.add(_letters(canonical_label("fine" if len(columns) > 1 else label.names, *cells) or ""))
        if _letters(line.value or "") not in meant:
            values = ", ".join(f"'{shortened(value)}'" for value in (joined, line.value or ""))
            others.append(f"{line.excel_row} {line.column}: {values}")
    if others:
        raise problem(DataContractError, "cells_of_other_rows", found.where, cells=_listed(others))


def _letters(text: str) -> str:
    """A cell by what an .xlsx of a person's program leaves of it: its letters and digits, or without any the rest."""
    return "".join(filter(str.isalnum, clean(text))) or clean(text)


def _lines_about(file: FetchedFile, report: FilledReport) -> list[RepairLine]:
    lines = [line for line in report.lines if line.workbook_sha256 == file.sha256]
    if not lines:
        expected = dict.fromkeys(f"{line.workbook} ({line.workbook_sha256[:_DIGEST_SHOWN]}…)" for line in report.lines)
        if not expected:
            raise problem(DataContractError, "nothing_mended", file.name, lines=0)
        raise problem(
            *(WorkbookError, "other_workbook", file.name),
            expected=_listed(expected),
            found=f"{file.sha256[:_DIGEST_SHOWN]}…",
        )
    return lines


def _require_labels(filled: Sequence[RepairLine], label: LabelField) -> None:
    wrong = [
        f"[{line.sheet}] {line.excel_row}: '{line.mended_value}'"
        for line in filled
        if line.column == label.column and clean(line.mended_value or "") not in label.names
    ]
    if wrong:
        raise problem(
            DataContractError, "mended_label_unknown", "", cells=_listed(wrong), labels=", ".join(label.names)
        )


def _texts(lines: Sequence[RepairLine], label: LabelField, where: str) -> dict[tuple[int, str], str]:
    """The mended texts of a sheet by row and column; of a fine label, those of both its parts."""
    wanted: dict[tuple[int, str], set[str]] = defaultdict(set)
    for line in lines:
        for column, value in _parts(line, label):
            wanted[line.excel_row, column].add(value)
    if contradicted := [place for place, values in wanted.items() if len(values) > 1]:
        cells = _listed(f"{row} {column}: {', '.join(sorted(wanted[row, column]))}" for row, column in contradicted)
        raise problem(DataContractError, "mended_twice", where, cells=cells)
    return {place: value for place, values in wanted.items() for value in values}


def _parts(line: RepairLine, label: LabelField) -> list[tuple[str, str]]:
    """The columns that a line is about, each with its mended value."""
    value = line.mended_value or ""
    if line.column != label.column:
        return [(line.column, value)]
    return list(zip(label.columns, clean(value).split("/", len(label.columns) - 1), strict=True))


def _others(lines: Iterable[RepairLine], sha256: str) -> tuple[OtherWorkbook, ...]:
    named = Counter(
        (line.workbook, line.workbook_sha256)
        for line in lines
        if line.workbook_sha256 != sha256 and line.mended_value is not None
    )
    return tuple(OtherWorkbook(workbook, digest, count) for (workbook, digest), count in named.items())


def _listed(items: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    found = list(items)
    more = f" … (+{len(found) - _LISTED:,})" if len(found) > _LISTED else ""
    return ", ".join(found[:_LISTED]) + more
