"""Tables scored piece by piece: of a CSV or Parquet file no more than one piece is ever in memory."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import pandas as pd
import pyarrow as pa

from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted
from storyflower.scoring.answers import Answers, added_columns
from storyflower.scoring.job import Job
from storyflower.scoring.options import true_ids
from storyflower.scoring.report import PartScored, ScoreReport
from storyflower.scoring.shards import AnswerStream, ShardStore, cut
from storyflower.scoring.tally import Tally

PIECE_ROWS = 16_384
"""Rows of a table in memory at a time."""

Added = list[list[object]]
"""The values of the added columns for each row of a piece; None where a row has no answer."""


class Piece(Protocol):
    """Some consecutive rows of a table."""

    @property
    def first_row(self) -> int:
        """The number of its first row, as its users count."""

    @property
    def size(self) -> int:
        """Rows, blank ones included."""

    @property
    def rows(self) -> pd.DataFrame:
        """As `scorable_rows` gives them; the index is the place in the piece (from 0)."""

    def records(self) -> Iterator[list[object]]:
        """All values of each row."""

    def table(self) -> pa.Table:
        """All columns."""


class TableSource(Protocol):
    """A table that can be read as often as needed, a piece at a time."""

    name: str
    """Stands for the name of a sheet."""
    titles: tuple[str, ...]
    """All titles, in order."""
    text_titles: tuple[str, ...]

    @property
    def row_count(self) -> int:
        """Rows, blank ones included."""

    def pieces(self, *, whole: bool) -> Iterator[Piece]:
        """The pieces in order; where not `whole`, values of other columns than texts and labels may be missing."""


class TableWriter(Protocol):
    """Writes a table with the added columns."""

    def write(self, piece: Piece, added: Added) -> None:
        """The next piece."""

    def close(self, report: ScoreReport | None, /) -> None:
        """Finish the output with what stands at its end; None where an error leaves it unfinished."""


class OpenWriter(Protocol):
    """Opens the output for the titles that are added."""

    def __call__(self, added: tuple[str, ...]) -> TableWriter:
        """The writer."""


def scored_table(source: TableSource, open_writer: OpenWriter, job: Job) -> ScoreReport:
    """Answer all texts of a table, then write it with the answers; the table is read twice."""
    job.progress.total(source.row_count)
    store = ShardStore(job.home, job.model)
    texts = (piece.rows["text"].dropna().tolist() for piece in source.pieces(whole=False))
    filled = store.fill(cut(texts), job.engine, job.progress.advance)
    stream = AnswerStream(store.read(filled.keys), len(job.model.labels))
    tally = Tally(job.model.labels)
    columns = added_columns(source.titles, job.model.labels, job.options)
    writer, report = open_writer(columns), None
    try:
        for piece in source.pieces(whole=True):
            scored = piece.rows[piece.rows["text"].notna()]
            probabilities = stream.take(len(scored))
            if len(probabilities) < len(scored):  # rows were appended since the texts were read
                raise problem(WorkbookError, "score_input_changed", pasted(job.location))
            answers = Answers(probabilities, job.model.labels, job.options.threshold, job.model.label_weights)
            tally.add_answers(answers, true_ids(scored, job.model) if job.options.evaluate else None)
            silent = piece.rows[piece.rows["text"].isna()]
            tally.add_not_scored(source.name, (silent.index + piece.first_row).tolist(), silent["reason"].tolist())
            writer.write(piece, _placed(answers.columns(job.options), scored.index.to_list(), piece.size))
        part = PartScored(
            sheet=source.name,
            text_columns=source.text_titles,
            added_columns=columns,
            rows=tally.rows,
            scored=tally.scored,
        )
        report = job.report(tally, filled, [part])
    finally:
        writer.close(report)
    return report


def _placed(columns: Sequence[Sequence[object]], places: Sequence[int], size: int) -> Added:
    """The values at their rows, None elsewhere."""
    placed: Added = []
    for values in columns:
        whole: list[object] = [None] * size
        for place, value in zip(places, values, strict=True):
            whole[place] = value
        placed.append(whole)
    return placed
