"""Workbooks scored: the texts of every sheet that holds them, the answers behind its last column."""

import pandas as pd

from storyflower.data.added_columns import Added, Additions, SheetAdditions, add_columns
from storyflower.data.cell_styles import Style
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.scorable import SheetFound, read_scorable
from storyflower.messages import say
from storyflower.scoring.answers import SHOWN_DECIMALS, Answers, added_columns
from storyflower.scoring.job import Job
from storyflower.scoring.options import true_ids
from storyflower.scoring.report import PartLeft, PartScored, ScoreReport
from storyflower.scoring.shards import AnswerStream, ShardStore, cut
from storyflower.scoring.summary import summary_rows
from storyflower.scoring.tally import Tally


def scored_workbook(file: FetchedFile, job: Job) -> tuple[bytes, ScoreReport]:
    """The workbook with the answers and a summary sheet, and the report.

    The content is held in memory: a workbook has at most 1,048,576 rows a sheet and 512 MiB.

    Raises:
        WorkbookError: see `read_scorable` and `add_columns`.
    """
    found = read_scorable(file, job.options.wanted(job.model))
    job.progress.total(int(found.rows["text"].notna().sum()))
    store = ShardStore(job.home, job.model)
    filled = store.fill(cut([found.rows["text"].dropna().tolist()]), job.engine, job.progress.advance)
    stream = AnswerStream(store.read(filled.keys), len(job.model.labels))
    tally = Tally(job.model.labels)
    by_sheet = ((sheet, found.rows[found.rows["sheet"] == number]) for number, sheet in enumerate(found.sheets))
    scored = [_scored(sheet, rows, stream, tally, job) for sheet, rows in by_sheet]
    parts = [part for part, _ in scored]
    report = job.report(tally, filled, parts, [PartLeft(sheet=left.sheet, reason=left.why) for left in found.left])
    additions = Additions(tuple(added for _, added in scored), say("score.summary_sheet"), summary_rows(report))
    return add_columns(file, additions), report


def _scored(
    sheet: SheetFound, rows: pd.DataFrame, stream: AnswerStream, tally: Tally, job: Job
) -> tuple[PartScored, SheetAdditions]:
    """The answers to one sheet's rows, counted, and as cells."""
    texts, silent = rows[rows["text"].notna()], rows[rows["text"].isna()]
    answers = Answers(stream.take(len(texts)), job.model.labels, job.options.threshold, job.model.label_weights)
    tally.add_answers(answers, true_ids(texts, job.model) if job.options.evaluate else None)
    tally.add_not_scored(sheet.sheet, silent["row"].tolist(), silent["reason"].tolist())
    columns = added_columns(sheet.titles, job.model.labels, job.options)
    values_of = zip(texts["row"].tolist(), answers.unsure.tolist(), *answers.columns(job.options), strict=True)
    cells = {row: tuple(_cell(value, unsure) for value in values) for row, unsure, *values in values_of}
    part = PartScored(
        sheet=sheet.sheet,
        text_columns=sheet.text_titles,
        added_columns=columns,
        rows=len(rows),
        scored=len(texts),
    )
    return part, SheetAdditions(sheet.sheet, sheet.header_row, columns, cells)


def _cell(value: object, unsure: bool) -> Added:
    """A value as an added cell; those of an unsure answer are coloured."""
    if isinstance(value, bool):
        return Added(say("score.yes") if value else None, "marked" if unsure else None)
    if isinstance(value, float):
        style: Style = "marked_share" if unsure else "share"
        return Added(round(value, SHOWN_DECIMALS), style)
    return Added(str(value), "marked" if unsure else None)
