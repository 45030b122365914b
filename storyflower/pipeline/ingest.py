"""Stage `ingest`: the workbooks are read, every row is held against the data contract, bad rows are set aside."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any

import numpy as np
import pandas as pd

from storyflower.data.checked_files import load_all_checked, save_all_checked
from storyflower.data.fetched_file import SpooledFile
from storyflower.data.mapped import take_mapped
from storyflower.data.rejected import joined_reasons, set_aside, write_rejected
from storyflower.data.schema import CheckedWorkbook, require_acceptable, validate
from storyflower.data.workbook import fetch_file, parse_workbook
from storyflower.disk_errors import writing_to
from storyflower.messages import language, say
from storyflower.pipeline.facts import RowCounts, WorkbooksFacts
from storyflower.pipeline.manifests import WorkbooksRef
from storyflower.pipeline.source import ROLES, CorpusSource, Role
from storyflower.recipe_data import DataRecipe
from storyflower.storage.entries import Outcome
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore

VERSION = 5  # raise when the same workbook would be judged otherwise

REJECTED_FILE = "rejected.xlsx"

_NOT_OF_A_ROW = {"max_rejected_share", "rare_labels"}

WorkbookFiles = Mapping[Role, Sequence[SpooledFile]]
"""The workbooks of each role, in the order given."""


def ingest_workbooks(home: Home, source: CorpusSource, recipe: DataRecipe) -> Outcome[WorkbooksRef]:
    """Every workbook, each row judged.

    Raises:
        WorkbookError: a workbook is not found, cannot be read or lacks a column.
        DataContractError: one holds too many bad rows; the message names the list of them.
    """
    with fetched_workbooks(home, source, recipe) as files:
        outcome = judge_workbooks(home, files, recipe)
    export = list_of_too_many(home, outcome.value, recipe)
    if export is not None:
        refuse_too_many(outcome.value, recipe, export)
    return outcome


@contextmanager
def fetched_workbooks(home: Home, source: CorpusSource, recipe: DataRecipe) -> Iterator[WorkbookFiles]:
    """Every workbook, copied into the folder for temporary files; remote ones are downloaded into the home before.

    The copies can be read until the context ends. What is judged is then what the stage's key was made of, also when a
    file is changed meanwhile.

    Raises:
        WorkbookError: a location holds no workbook, or cannot be reached.
    """
    with TemporaryFile() as spool:

        def spooled(location: str) -> SpooledFile:
            file = fetch_file(location, recipe, home.downloads)
            with writing_to(gettempdir()):
                return SpooledFile.of(file, spool)

        yield {role: [spooled(location) for location in source.workbooks(role)] for role in ROLES}


def judge_workbooks(home: Home, files: WorkbookFiles, recipe: DataRecipe) -> Outcome[WorkbooksRef]:
    """Every row judged, however many are bad.

    Raises:
        WorkbookError: a workbook cannot be read, or lacks a column.
    """

    def build(folder: Path) -> WorkbooksFacts:
        counts: dict[Role, list[RowCounts]] = {role: [] for role in ROLES}
        rejected: list[pd.DataFrame] = []

        def judge(file: SpooledFile, role: Role) -> CheckedWorkbook:
            checked = validate(parse_workbook(file.read(), recipe), recipe)
            counts[role].append(RowCounts(**checked.counts, rows_left=sum(checked.workbook.rows_left.values())))
            rejected.append(_rejected(checked))
            return checked

        for role in ROLES:  # one after the other, so that only one is in memory
            save_all_checked((judge(file, role) for file in files[role]), folder / role)
        write_rejected(folder / REJECTED_FILE, pd.concat(rejected), recipe)
        return WorkbooksFacts(training=tuple(counts["training"]), validation=tuple(counts["validation"]))

    outcome = StageStore(home).get_or_build(WorkbooksRef, "ingest", depends_on(files, recipe), build)
    counts = outcome.value.facts.all
    rows, usable = sum(count.rows for count in counts), sum(count.usable for count in counts)
    summary = say("stage.ingest", workbooks=len(counts), rows=rows, aside=rows - usable)
    if left := sum(count.rows_left for count in counts):
        summary += say("stage.rows_left", rows=left)
    return replace(outcome, summary=summary)


def depends_on(files: WorkbookFiles, recipe: DataRecipe) -> dict[str, Any]:
    """The stage's key: the workbooks and the fields by which a row is judged.

    How many bad rows are tolerated decides whether the run goes on, and what is done with rare labels is decided by all
    workbooks together: neither changes how a row is judged.

    The largest size stays in it: a workbook that was read under a higher limit is refused under a lower one.
    """
    judged_by = {name: value for name, value in asdict(recipe).items() if name not in _NOT_OF_A_ROW}
    sources = {role: [[file.name, file.sha256] for file in found] for role, found in files.items()}
    return {"version": VERSION, "files": sources, "data": judged_by, "lang": language()}


def list_of_too_many(home: Home, workbooks: WorkbooksRef, recipe: DataRecipe) -> Path | None:
    """The list of bad rows, written where a person may edit it, if one of the workbooks holds too many; else None."""
    shares = ((count.rows - count.usable) / count.rows for count in workbooks.facts.all)
    if all(share <= recipe.max_rejected_share for share in shares):
        return None
    export = home.reports / f"rejected-{workbooks.key[:8]}.xlsx"
    export.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(workbooks.path(REJECTED_FILE), export)
    return export


def refuse_too_many(workbooks: WorkbooksRef, recipe: DataRecipe, export: Path) -> None:
    """Raise DataContractError for the first workbook that holds too many bad rows; `export` lists them."""
    for role in ROLES:
        for checked in load_all_checked(workbooks.path(role)):
            require_acceptable(checked, recipe, export)


def _rejected(checked: CheckedWorkbook) -> pd.DataFrame:
    """The bad rows of a workbook as they stand there, each once, with all its reasons."""
    breaches = zip(checked.violations["excel_row"], checked.violations["reason"], strict=True)
    found = set_aside(checked, joined_reasons(breaches))
    return take_mapped(found, np.arange(len(found)))
