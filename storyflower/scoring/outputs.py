"""The output of a scoring: which formats there are, and how each input is written in each."""

import hashlib
from pathlib import Path

from storyflower.data.fetched_file import FetchedFile
from storyflower.data.workbook import content_of
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted, shown
from storyflower.recipe_parts import DataRecipe
from storyflower.scoring.inputs import Input
from storyflower.scoring.job import Job, Write
from storyflower.scoring.report import ScoreReport
from storyflower.scoring.workbooks import scored_workbook

SUFFIXES = (".xlsx",)


def writer_of(given: Input, out: Path) -> Write:
    """How an input is scored into an output of this suffix.

    Raises:
        WorkbookError: a workbook, which has sheets, would have to become one table.
    """
    if given.kind == "xlsx":
        if out.suffix.lower() != ".xlsx":
            raise problem(WorkbookError, "score_xlsx_to_xlsx", pasted(str(out)))
        return lambda draft, job: _write_workbook(given, draft, job)
    raise NotImplementedError


def _write_workbook(given: Input, draft: Path, job: Job) -> ScoreReport:
    content = content_of(given.path, given.location, DataRecipe().max_uncompressed_mb)
    file = FetchedFile(shown(given.location), content, hashlib.sha256(content).hexdigest())
    scored, report = scored_workbook(file, job)
    draft.write_bytes(scored)
    return report
