"""CSV files as tables to be scored, read record by record."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa

from storyflower.data.csv_records import CsvReader, whole_records
from storyflower.data.encodings import UnknownEncoding, encoding_of
from storyflower.data.headers import usual_width
from storyflower.data.scorable import no_text_column, title_list
from storyflower.data.text_columns import (
    TextColumns,
    WantedColumns,
    columns_named,
    labelled,
    only_text_column,
    scorable_rows,
)
from storyflower.data.text_files import CSV_SHEET, SEPARATORS, first_rows
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import pasted
from storyflower.scoring.tables import PIECE_ROWS

_HEAD_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class CsvPiece:
    """Some records of a CSV file."""

    first_row: int
    raw: list[list[str]]
    source: "CsvSource"

    @property
    def size(self) -> int:
        """See `Piece`."""
        return len(self.raw)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """See `Piece`."""
        found = self.source.columns
        places = (*found.places, *found.label_places)
        cells = [[_cell(record, place) for place in places] for record in self.raw]
        marks = ["x" if any(map(str.strip, record)) else None for record in self.raw]  # keeps rows with other cells
        frame = pd.DataFrame(cells, columns=range(len(places)), dtype="str").assign(mark=pd.Series(marks, dtype="str"))
        texts = len(found.places)
        return scorable_rows(frame, TextColumns(found.header, tuple(range(texts)), tuple(range(texts, len(places)))))

    def records(self) -> Iterator[list[object]]:
        """See `Piece`; every record is as wide as the widest."""
        width = self.source.width
        return ([*record, *[""] * (width - len(record))] for record in self.raw)

    def table(self) -> pa.Table:
        """See `Piece`."""
        columns = list(zip(*self.records(), strict=True)) or [()] * self.source.width
        return pa.table([pa.array(values, pa.string()) for values in columns], names=list(self.source.titles))


class CsvSource:
    """A CSV file: its encoding, separator and header are found first, in one pass over it."""

    name = CSV_SHEET

    def __init__(self, path: Path, location: str, wanted: WantedColumns) -> None:
        """Look at the file.

        Raises:
            WorkbookError: it is in no known encoding, its quotation marks do not match, it lacks the columns, or
                `whole_records` refuses a record.
        """
        self._path, self._where = path, pasted(location)
        self.encoding = self._found_encoding()
        with path.open(encoding=self.encoding, newline="") as file:
            head = file.read(_HEAD_CHARACTERS)
        self.separator, self.columns = self._found_columns(head, wanted, location)
        self.text_titles = self.columns.titles
        self.width, self._records = self._measured()
        given = self.columns.header.titles
        padded = [*given, *[""] * (self.width - len(given))]
        self.titles = tuple(
            title or say("score.untitled", number=number) for number, title in enumerate(padded[: self.width], start=1)
        )

    @property
    def separator_of_output(self) -> str:
        """Of the file with the added columns: a list of texts has none of its own."""
        return self.separator if len(self.columns.header.titles) > 1 else SEPARATORS[0]

    @property
    def row_count(self) -> int:
        """See `TableSource`."""
        return self._records - self.columns.header.line - 1

    def preamble(self) -> list[list[str]]:
        """The records above the header, and the header."""
        with self._reading() as records:
            return list(islice(records, self.columns.header.line + 1))

    def pieces(self, *, whole: bool) -> Iterator[CsvPiece]:  # noqa: ARG002  # a record is read as a whole
        """See `TableSource`."""
        with self._reading() as records:
            first = sum(1 for _ in islice(records, self.columns.header.line + 1)) + 1
            while piece := list(islice(records, PIECE_ROWS)):
                yield CsvPiece(first, piece, self)
                first += len(piece)

    def _found_encoding(self) -> str:
        with self._path.open("rb") as file:
            try:
                return encoding_of(file)
            except UnknownEncoding as error:
                raise problem(WorkbookError, "unknown_encoding", self._where, line=error.line) from None

    def _found_columns(self, head: str, wanted: WantedColumns, location: str) -> tuple[str, TextColumns]:
        begun = {separator: first_rows(head, separator) for separator in SEPARATORS}
        # A list of texts, whose header is found with every separator, is read with the one that its texts do not hold.
        # Likewise a table whose texts mostly hold as many commas as it has separators: its header does not.
        widths = {one: cells.dropna(how="all").notna().sum(axis=1) for one, cells in begun.items()}
        usual = {one: usual_width(found.tolist()) for one, found in widths.items()}
        by_width = sorted(begun, key=lambda one: (-usual[one], int((widths[one] != usual[one]).sum())))
        for choice in wanted.choices:
            for separator in by_width:
                if found := columns_named(begun[separator], choice):
                    return separator, labelled(found, wanted, self._where)
        separator = by_width[0]
        found = None if wanted.named else only_text_column(begun[separator], wanted.of_model)
        if found is None:
            raise no_text_column(wanted, title_list(begun[separator], wanted, self._where), location)
        return separator, labelled(found, wanted, self._where)

    def _measured(self) -> tuple[int, int]:
        """The cells of the widest record, and the number of records."""
        width = count = 0
        with self._reading() as reader:
            for record in whole_records(reader, self.separator, self.columns.header.line, self._where):
                width, count = max(width, len(record)), count + 1
        return width, count

    @contextmanager
    def _reading(self) -> Iterator[CsvReader]:
        with self._path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.separator, strict=True)
            try:
                yield reader
            except csv.Error as error:
                line, reason = reader.line_num, error
                raise problem(WorkbookError, "broken_csv", self._where, line=line, reason=reason) from error


def _cell(record: list[str], place: int) -> str | None:
    """A cell of a record; None where it is blank or missing."""
    return record[place] if place < len(record) and record[place].strip() else None
