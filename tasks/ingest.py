"""Stage `ingest`: reads the workbooks, validates every row, and sets bad rows aside."""

from storyflower.digests import digest_of_files
from storyflower.pipeline.ingest import fetched_workbooks, judge_workbooks, list_of_too_many, refuse_too_many
from storyflower.pipeline.manifests import WorkbooksRef
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe_data import DataRecipe
from storyflower.storage.entries import Outcome
from storyflower.tracking.runs import DATA_FOLDER, TrackedRun
from tasks.stage import stage


@stage("ingest", retries=2)
def ingest(run: TrackedRun, source: CorpusSource, recipe: DataRecipe) -> Outcome[WorkbooksRef]:
    """Read and validate every workbook; fail with a list of the bad rows if one holds too many."""
    with fetched_workbooks(run.home, source, recipe) as files:
        outcome = judge_workbooks(run.home, files, recipe)
    run.set_tags({f"{role}_sha256": digest_of_files(file.sha256 for file in found) for role, found in files.items()})
    export = list_of_too_many(run.home, outcome.value, recipe)
    if export is not None:
        run.log_file(export, DATA_FOLDER)
        refuse_too_many(outcome.value, recipe, export)
    return outcome
