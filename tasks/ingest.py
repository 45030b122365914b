"""Stage `ingest`: the workbooks are read, every row is held against the data contract, bad rows are set aside."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from storyflower.data.checked_files import load_all_checked, save_all_checked
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.rejected import joined_reasons, set_aside, write_rejected
from storyflower.data.schema import CheckedWorkbook, require_acceptable, validate
from storyflower.data.workbook import fetch_file, parse_workbook
from storyflower.digests import digest_of_files
from storyflower.manifests import ROLES, CorpusSource, Role, WorkbooksRef
from storyflower.messages import say
from storyflower.recipe_parts import DataRecipe
from storyflower.registry.tracking import DATA_FOLDER, TrackedRun
from storyflower.settings import settings
from storyflower.stages import Outcome, StageStore
from tasks.stage import stage

VERSION = 4  # raise when the same workbook would be judged otherwise

REJECTED_FILE = "rejected.xlsx"


@stage("ingest", retries=2)
def ingest(run: TrackedRun, source: CorpusSource, recipe: DataRecipe) -> Outcome[WorkbooksRef]:
    """Every workbook, each row judged; fails with the list of bad rows when one holds too many of them."""
    home = settings().home
    files = {
        role: [fetch_file(location, recipe, home / "downloads") for location in source.workbooks(role)]
        for role in ROLES
    }

    def build(folder: Path) -> dict[str, Any]:
        checked = {role: [validate(parse_workbook(file, recipe), recipe) for file in files[role]] for role in ROLES}
        for role, workbooks in checked.items():
            save_all_checked(workbooks, folder / role)
        rejected = [_rejected(workbook) for workbooks in checked.values() for workbook in workbooks]
        write_rejected(folder / REJECTED_FILE, pd.concat(rejected), recipe)
        return {role: [workbook.counts for workbook in workbooks] for role, workbooks in checked.items()}

    outcome = StageStore(home).get_or_build(WorkbooksRef, "ingest", depends_on(files, recipe), build)
    run.set_tags({f"{role}_sha256": digest_of_files(file.sha256 for file in found) for role, found in files.items()})
    _refuse_too_many_bad_rows(run, outcome.value, recipe)
    counts = [count for role in ROLES for count in outcome.value.facts[role]]
    rows, usable = (sum(count[name] for count in counts) for name in ("rows", "usable"))
    return replace(outcome, summary=say("stage.ingest", workbooks=len(counts), rows=rows, aside=rows - usable))


def depends_on(files: Mapping[Role, Sequence[FetchedFile]], recipe: DataRecipe) -> dict[str, Any]:
    """The stage's key. How many bad rows are tolerated decides whether the run goes on, not how a row is judged.

    The largest size stays in it: a workbook that was read under a higher limit is refused under a lower one.
    """
    judged_by = {name: value for name, value in asdict(recipe).items() if name != "max_rejected_share"}
    sources = {role: [[file.name, file.sha256] for file in found] for role, found in files.items()}
    return {"version": VERSION, "files": sources, "data": judged_by, "lang": settings().lang}


def _rejected(checked: CheckedWorkbook) -> pd.DataFrame:
    """The bad rows of a workbook as they stand there, each once, with all its reasons."""
    breaches = zip(checked.violations["excel_row"], checked.violations["reason"], strict=True)
    return set_aside(checked, joined_reasons(breaches))


def _refuse_too_many_bad_rows(run: TrackedRun, workbooks: WorkbooksRef, recipe: DataRecipe) -> None:
    """Raise DataContractError, with the list of bad rows written where a person may edit it."""
    counts = [count for role in ROLES for count in workbooks.facts[role]]
    if all((count["rows"] - count["usable"]) / count["rows"] <= recipe.max_rejected_share for count in counts):
        return
    export = settings().home / "reports" / f"rejected-{workbooks.key[:8]}.xlsx"
    export.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(workbooks.path(REJECTED_FILE), export)
    run.log_file(export, DATA_FOLDER)
    for role in ROLES:
        for checked in load_all_checked(workbooks.path(role)):
            require_acceptable(checked, recipe, export)
