"""Parquet files as tables to be scored, read in batches of rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from storyflower.cleaning import clean
from storyflower.data.headers import Header, places_of
from storyflower.data.scorable import no_text_column
from storyflower.data.text_columns import TextColumns, WantedColumns, labelled, scorable_rows
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import listed, pasted
from storyflower.scoring.tables import PIECE_ROWS

PARQUET_SHEET = "Parquet"
"""Stands for the name of a sheet where a table is a Parquet file."""


@dataclass(frozen=True)
class ParquetPiece:
    """Some rows of a Parquet file."""

    first_row: int
    cells: pa.Table
    source: "ParquetSource"

    @property
    def size(self) -> int:
        """See `Piece`."""
        return int(self.cells.num_rows)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """See `Piece`; no row is left out as blank."""
        found, names = self.source.columns, self.source.names
        given = [self.cells.column(names[place]) for place in (*found.places, *found.label_places)]
        texts = len(found.places)
        frame = pd.DataFrame({place: _as_text(column) for place, column in enumerate(given)}).assign(mark="x")
        rows = scorable_rows(frame, TextColumns(found.header, tuple(range(texts)), tuple(range(texts, len(given)))))
        other = pd.Series(False, index=rows.index)
        for column in given[:texts]:
            if not _is_text(column.type):
                other |= pd.Series(column.is_valid().to_numpy(), index=rows.index)
        return rows.assign(text=rows["text"].mask(other), reason=rows["reason"].mask(other, "not_text"))

    def records(self) -> Iterator[list[object]]:
        """See `Piece`."""
        columns = [column.to_pylist() for column in self.cells.columns]
        return (list(record) for record in zip(*columns, strict=True))

    def table(self) -> pa.Table:
        """See `Piece`."""
        return self.cells


class ParquetSource:
    """A Parquet file."""

    name = PARQUET_SHEET

    def __init__(self, path: Path, location: str, wanted: WantedColumns) -> None:
        """Look at the schema.

        Raises:
            WorkbookError: it is damaged, or lacks the columns.
        """
        self._path, self._where = path, pasted(location)
        with self._reading() as file:
            self.schema: pa.Schema = file.schema_arrow
            self._rows = int(file.metadata.num_rows)
        self.names = tuple(self.schema.names)
        self.titles = tuple(clean(name) for name in self.names)
        self.columns = labelled(self._found(wanted, location), wanted, self._where)
        self.text_titles = self.columns.titles

    @property
    def row_count(self) -> int:
        """See `TableSource`."""
        return self._rows

    def pieces(self, *, whole: bool) -> Iterator[ParquetPiece]:
        """See `TableSource`; rows are numbered from 1."""
        needed = [self.names[place] for place in (*self.columns.places, *self.columns.label_places)]
        with self._reading() as file:
            first = 1
            for batch in file.iter_batches(PIECE_ROWS, columns=None if whole else needed, use_threads=False):
                yield ParquetPiece(first, pa.Table.from_batches([batch]), self)
                first += batch.num_rows

    def _found(self, wanted: WantedColumns, location: str) -> TextColumns:
        header = Header(-1, self.titles)
        for choice in wanted.choices:
            places = places_of(choice, self.titles)
            if all(places.values()):
                return TextColumns(header, tuple(places[column][0] for column in choice))
        texts = [place for place, field in enumerate(self.schema) if _is_text(field.type)]
        if wanted.named or len(texts) != 1 or any(places_of(wanted.of_model, self.titles).values()):
            raise no_text_column(wanted, listed(self.titles), location)
        return TextColumns(header, (texts[0],))

    @contextmanager
    def _reading(self) -> Iterator[pq.ParquetFile]:
        """The file; `pre_buffer` would hold whole groups of rows in memory."""
        try:
            with pq.ParquetFile(self._path, pre_buffer=False, buffer_size=1 << 20) as file:
                yield file
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            reason = str(error).partition("\n")[0]
            raise problem(WorkbookError, "score_broken_parquet", self._where, reason=reason) from error


def _is_text(kind: pa.DataType) -> bool:
    values = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(values) or pa.types.is_large_string(values) or pa.types.is_string_view(values))


def _as_text(column: pa.ChunkedArray) -> "pd.Series[str]":
    """The values as text, NA where null."""
    values = column.to_pylist()
    if not _is_text(column.type):
        values = [None if value is None else str(value) for value in values]
    return pd.Series([value if value and value.strip() else None for value in values], dtype="str")
