"""The output of a scoring: which formats there are, and how each input is written in each."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from storyflower.data.fetched_file import FetchedFile
from storyflower.data.workbook import content_of
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted, shown
from storyflower.recipe_data import DataRecipe
from storyflower.scoring.answers import added_kinds
from storyflower.scoring.csv_files import CsvSource
from storyflower.scoring.inputs import Input
from storyflower.scoring.job import Job
from storyflower.scoring.parquet_files import ParquetSource
from storyflower.scoring.report import ScoreReport
from storyflower.scoring.table_writers import CsvWriter, ParquetWriter, WorkbookWriter, require_fitting
from storyflower.scoring.tables import TableWriter, scored_table
from storyflower.scoring.workbooks import scored_workbook

SUFFIXES = (".xlsx", ".csv", ".parquet")
"""Of the files that can be written; a workbook with macros (.xlsm) stays one."""

_MOST_ROWS = 1_048_576
"""Of a sheet of Excel."""


def write_scored(given: Input, draft: Path, job: Job) -> ScoreReport:
    """Score an input into a draft of the output, in the format that the suffix of `job.out` names.

    Raises:
        WorkbookError: the input cannot be read or holds no texts; a workbook, which has sheets, would have to become
            one table; or a table has more rows than a sheet of Excel, or texts longer than a cell.
    """
    suffix = job.out.suffix.lower()
    if given.kind == "xlsx":
        if suffix != (own := workbook_suffix(given)):
            raise problem(WorkbookError, "score_xlsx_to_xlsx", pasted(str(job.out)), suffix=own)
        content = content_of(given.path, given.location, DataRecipe().max_uncompressed_mb)
        file = FetchedFile(shown(given.location), content, hashlib.sha256(content).hexdigest())
        scored, report = scored_workbook(file, job)
        draft.write_bytes(scored)
        return report
    wanted = job.options.wanted(job.model)
    source = (CsvSource if given.kind == "csv" else ParquetSource)(given.path, given.location, wanted)
    if suffix == ".xlsx":
        if source.row_count >= _MOST_ROWS:
            raise problem(WorkbookError, "score_too_many_rows", pasted(str(job.out)), rows=source.row_count)
        require_fitting(source, pasted(str(job.out)))
    kinds = added_kinds(job.model.labels, job.options)
    return scored_table(source, lambda added: _writer(source, suffix, draft, added, kinds), job)


def workbook_suffix(given: Input) -> str:
    """Of the output of a workbook: Excel opens one with macros under no other name."""
    return ".xlsm" if given.path.suffix.lower() == ".xlsm" else ".xlsx"


def _writer(
    source: CsvSource | ParquetSource, suffix: str, draft: Path, added: tuple[str, ...], kinds: Sequence[type]
) -> TableWriter:
    above = source.preamble() if isinstance(source, CsvSource) else [list(source.names)]
    if suffix == ".parquet":
        return ParquetWriter(draft, added, kinds)
    if suffix == ".xlsx":
        return WorkbookWriter(draft, source, above, added)
    if isinstance(source, CsvSource):
        return CsvWriter(draft, above, len(source.titles), added, separator=source.separator_of_output, as_given=True)
    return CsvWriter(draft, above, len(source.titles), added)
