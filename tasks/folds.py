"""Stage `folds`: cross-validates the recipe on the training workbook; the registered model is not one of these."""

import logging
from collections.abc import Sequence

from storyflower.evaluation.folds import FOLDS_FILE, read_cross_validation
from storyflower.messages import say
from storyflower.model.devices import Device, find_hardware
from storyflower.pipeline.folds import cross_validate
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, FoldsRef, TokensRef
from storyflower.pipeline.unlabelled import read_further
from storyflower.recipe import TrainingRecipe
from storyflower.reports.folds import PAGE_FILE, PLOT_FILE, folds_markdown
from storyflower.storage.entries import Outcome
from storyflower.tracking.runs import FOLDS_FOLDER, TrackedRun
from storyflower.tracking.terminal import progress_display
from storyflower.training.compiling import Compiling
from tasks.publishing import publish_of_run
from tasks.stage import stage

log = logging.getLogger("storyflower.stage")


@stage("folds")
def evaluate_folds(
    run: TrackedRun,
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    folds: int,
    unlabelled: Sequence[str],
    *,
    device: Device,
    compiling: Compiling,
) -> Outcome[FoldsRef]:
    """Train and evaluate the recipe and the baseline once a fold, and log figures, plot and page."""
    with progress_display() as display:
        outcome = cross_validate(
            *(run.home, corpus, tokens, encoder, recipe, folds),
            hardware=find_hardware(device),
            further=read_further(run.home, corpus, recipe, unlabelled),
            observers=[display],
            compiling=compiling,
            begins=lambda number, all_of_them: log.info(say("folds.begins", number=number, folds=all_of_them)),
        )
    _publish(run, outcome.value)
    return outcome


def _publish(run: TrackedRun, folds: FoldsRef) -> None:
    """Log figures, plot and page to MLflow, and publish the table to Prefect."""
    found = read_cross_validation(folds.directory)
    run.log_metrics(found.as_metrics())
    for name in (FOLDS_FILE, PLOT_FILE, PAGE_FILE):
        run.log_file(folds.path(name), FOLDS_FOLDER)
    publish_of_run(run, folds_markdown(found), key="folds", description=say("folds.artifact"))
