"""Tables with the added columns, written piece by piece as CSV, Parquet or a workbook."""

import csv
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.cell.cell import Cell

from storyflower.data.cell_styles import MARK_COLOUR
from storyflower.data.safe_cells import heading_cell, literal_cell, literal_text, marked
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import listed
from storyflower.scoring.answers import SHOWN_DECIMALS
from storyflower.scoring.report import ScoreReport
from storyflower.scoring.summary import summary_rows
from storyflower.scoring.tables import Added, Piece, TableSource

_PERCENT = "0.00%"
_LONGEST = 32_767
"""Characters of a cell of Excel."""
_FIRST_ROUNDED = 10**15
"""Excel keeps 15 digits of a number; longer ones, which are mostly ids, are written as text."""
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_ARROW: dict[type, pa.DataType] = {str: pa.string(), float: pa.float64(), bool: pa.bool_()}


class CsvWriter:
    """A CSV file in UTF-8 with a BOM, by which Excel knows the encoding."""

    def __init__(
        self,
        path: Path,
        above: Sequence[Sequence[object]],
        width: int,
        added: tuple[str, ...],
        *,
        separator: str = ",",
        as_given: bool = False,
    ) -> None:
        """Open the file and write its header.

        Args:
            path: of the file.
            above: the header, and what stands above it.
            width: cells of every row, without the added ones.
            added: the columns that are added.
            separator: between cells.
            as_given: whether the cells of the source stay as they are, as they stood in a CSV file before; those of
                another format were no formulas there, and would be some here.
        """
        self._of_source = (lambda value: value) if as_given else _harmless
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, delimiter=separator)
        for line in above[:-1]:
            self._writer.writerow(map(self._of_source, line))
        self._writer.writerow(
            [*map(self._of_source, above[-1]), *[""] * (width - len(above[-1])), *map(_harmless, added)]
        )

    def write(self, piece: Piece, added: Added) -> None:
        """See `TableWriter`."""
        rows = zip(*added, strict=True)
        self._writer.writerows(
            [*map(self._of_source, record), *map(_shown, values)]
            for record, values in zip(piece.records(), rows, strict=True)
        )

    def close(self, _report: ScoreReport | None, /) -> None:
        """See `TableWriter`."""
        self._file.close()


class ParquetWriter:
    """A Parquet file with the source's own types; probabilities are float64."""

    def __init__(self, path: Path, added: tuple[str, ...], kinds: Sequence[type]) -> None:
        """`kinds` are the types of the columns that are added: a first piece without an answer does not show them."""
        self._path = path
        self._added = [(title, _ARROW[kind]) for title, kind in zip(added, kinds, strict=True)]
        self._writer: pq.ParquetWriter | None = None

    def write(self, piece: Piece, added: Added) -> None:
        """See `TableWriter`."""
        table = piece.table()
        for (title, kind), values in zip(self._added, added, strict=True):
            table = table.append_column(title, pa.array(values, kind))
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table.cast(self._writer.schema))

    def close(self, _report: ScoreReport | None, /) -> None:
        """See `TableWriter`."""
        if self._writer is not None:
            self._writer.close()


class WorkbookWriter:
    """A workbook of one sheet and a summary, its rows written to a temporary file as they come."""

    def __init__(
        self, path: Path, source: TableSource, above: Sequence[Sequence[object]], added: tuple[str, ...]
    ) -> None:
        self._path = path
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet(source.name)
        for line in above[:-1]:
            self._sheet.append([literal_cell(self._sheet, value) for value in line])
        titles = [*map(str, above[-1]), *[""] * (len(source.titles) - len(above[-1])), *added]
        self._sheet.append([heading_cell(self._sheet, title) for title in titles])

    def write(self, piece: Piece, added: Added) -> None:
        """See `TableWriter`."""
        for record, values in zip(piece.records(), zip(*added, strict=True), strict=True):
            unsure = any(value is True for value in values)
            cells = (self._cell(value) for value in record)
            self._sheet.append([*cells, *(self._added(value, unsure) for value in values)])

    def close(self, report: ScoreReport | None, /) -> None:
        """See `TableWriter`."""
        if report is None:
            self._book.close()
            return
        sheet = self._book.create_sheet(say("score.summary_sheet"))
        for row in summary_rows(report):
            sheet.append([_summary_cell(sheet, cell.value, cell.style) for cell in row])
        self._book.save(self._path)

    def _cell(self, value: object) -> object:
        """A value of the source: numbers, dates and truth values as such, all else as a literal text."""
        text = _as_text(value)
        if text is None and not isinstance(value, float):
            return value
        return literal_cell(self._sheet, value if text is None else text)

    def _added(self, value: object, unsure: bool) -> object:
        cell: Cell | float | None
        if isinstance(value, float):
            cell = Cell(self._sheet, 1, 1, round(value, SHOWN_DECIMALS))
            cell.number_format = _PERCENT
        else:
            cell = literal_cell(self._sheet, say("score.yes") if value is True else None if value is False else value)
        return marked(self._sheet, cell, MARK_COLOUR) if unsure else cell


def require_fitting(source: TableSource, out: str) -> None:
    """Read a table and check that a workbook can hold its texts whole.

    Args:
        source: the table.
        out: the workbook, as errors name it.

    Raises:
        WorkbookError: a text is longer than a cell of Excel.
    """
    cells = []
    for piece in source.pieces(whole=True):
        for row, record in enumerate(piece.records(), start=piece.first_row):
            for title, value in zip(source.titles, record, strict=True):
                text = _as_text(value)
                if text is not None and len(text) > _LONGEST // 4 and _units(text) > _LONGEST:
                    cells.append(f"{row} ({title})")
    if cells:
        raise problem(WorkbookError, "score_texts_too_long", out, count=len(cells), most=_LONGEST, cells=listed(cells))


def _as_text(value: object) -> str | None:
    """A value that a workbook holds as text; None for numbers, dates and truth values."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat(" ")
    if isinstance(value, int) and abs(value) >= _FIRST_ROUNDED:
        return str(value)
    if isinstance(value, int | float | date | time) or value is None:
        return None
    return value if isinstance(value, str) else str(value)


def _units(text: str) -> int:
    """The length of a text as Excel and openpyxl count it: of UTF-16, as it is written."""
    return len(literal_text(text).encode("utf-16-le", "surrogatepass")) // 2


def _summary_cell(sheet: object, value: object, style: str | None) -> object:
    if style == "bold":
        return heading_cell(sheet, str(value))  # type: ignore[arg-type]  # a sheet that is written only
    if style == "share" and value is not None:
        cell = Cell(sheet, 1, 1, value)  # type: ignore[arg-type]
        cell.number_format = _PERCENT
        return cell
    return literal_cell(sheet, value)  # type: ignore[arg-type]


def _shown(value: object) -> object:
    """A value that is added to a CSV file; a text that Excel would take for a formula stands behind an apostrophe."""
    if isinstance(value, bool):
        return say("score.yes") if value else ""
    if isinstance(value, float):
        return round(value, SHOWN_DECIMALS)
    return _harmless(value)


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
