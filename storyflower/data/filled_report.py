"""A report read back after a person has filled it in."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import TypeAdapter

from storyflower.cleaning import clean
from storyflower.data.containers import require_workbook
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.reader_process import reader
from storyflower.data.repair_report import DIGEST, LABELS_SHEET, LEADING, LabelField, RepairLine
from storyflower.errors import WorkbookError
from storyflower.messages import Lang, problem, say

_LANGUAGES: tuple[Lang, ...] = ("ko", "en")
_LIMIT_MB = 1024  # unpacked; a report of all rows of the AI Hub corpus takes less than a tenth
_NEEDED = (DIGEST, "workbook", "sheet", "excel_row", "column", "value", "mended_value")


@dataclass(frozen=True)
class FilledReport:
    """The lines of a report in their order, and what its labels may be."""

    lines: tuple[RepairLine, ...]
    label: LabelField
    columns: tuple[str, ...]
    """The titles of the report's further columns: those that were read of the workbooks are among them."""


def read_report(file: FetchedFile) -> FilledReport:
    """Read a report that `write_report` made, its lines sorted and its columns moved as a person likes.

    It has further sheets, named as the first one with a number, where one could not hold all lines.

    The file is parsed in the reader process: see `reader_process`.

    Raises:
        WorkbookError: the file is no intact .xlsx, or not such a report, a row number in it is no number, or reading
            it takes too much.
    """
    reply = reader().run("report", file)
    return TypeAdapter(FilledReport).validate_python(reply.facts)


def parsed_report(file: FetchedFile) -> FilledReport:
    """The result of `read_report`, made in this process."""
    require_workbook(file.content, file.name, _LIMIT_MB)
    try:
        book = load_workbook(io.BytesIO(file.content), read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, TypeError) as error:
        raise problem(WorkbookError, "unreadable", file.name, reason=error) from error
    try:
        tables = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    finally:
        book.close()
    names = tables.pop(LABELS_SHEET, None)
    first = next(iter(tables), "")
    found = [table for title, table in tables.items() if table and re.fullmatch(rf"{re.escape(first)}( \d+)?", title)]
    reports = [(table[1:], _places(table[0])) for table in found]
    if not names or not reports or any(set(places) < set(_NEEDED) for _, places in reports):
        raise problem(WorkbookError, "not_a_report", file.name)
    label = LabelField(tuple(_filled(names[0][1:])), tuple(_filled(row[0] for row in names)))
    lines = tuple(chain.from_iterable(_lines(*report, file.name) for report in reports))
    known = set(reports[0][1].values())
    columns = _filled(heading for place, heading in enumerate(found[0][0]) if place not in known)
    return FilledReport(lines, label, tuple(columns))


def _places(headings: Sequence[Any]) -> dict[str, int]:
    """The place (from 0) of each known column, found by its heading in either language; the first one counts."""
    titles = [clean(str(heading)) if heading is not None else "" for heading in headings]
    found: dict[str, int] = {}
    for code in (*LEADING, DIGEST):
        places = [titles.index(title) for lang in _LANGUAGES if (title := say(code, lang)) in titles]
        found |= {code: min(places)} if places else {}
    return found


def _lines(rows: Sequence[Sequence[Any]], places: dict[str, int], name: str) -> Iterator[RepairLine]:
    """The lines that name a workbook; others are blank."""
    for number, row in enumerate(rows, start=2):
        given = {code: row[place] if place < len(row) else None for code, place in places.items()}
        cells = {code: None if value is None else _as_read(value) for code, value in given.items()}
        if not cells[DIGEST]:
            continue
        try:
            excel_row = int(float(cells["excel_row"] or ""))
        except ValueError as error:
            raise problem(WorkbookError, "report_row_number", name, line=number, value=cells["excel_row"]) from error
        yield RepairLine(
            workbook=cells["workbook"] or "",
            workbook_sha256=(cells[DIGEST] or "").strip().lower(),
            sheet=cells["sheet"] or "",
            excel_row=excel_row,
            column=cells["column"] or "",
            value=cells["value"],
            reason=cells.get("reason") or "",
            suggested_value=cells.get("suggested_value"),
            mended_value=cells["mended_value"] if clean(cells["mended_value"] or "") else None,
        )


def _as_read(value: Any) -> str:
    """A cell as the reader of workbooks gives it: Excel makes a truth value of the word."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _filled(values: Any) -> list[str]:
    return [str(value) for value in values if value is not None]
