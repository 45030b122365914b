"""Tasks of a retraining before and after the training: look for a change, report the drift, prune."""

import logging

from mlflow.entities.model_registry import ModelVersion
from prefect import task

from storyflower.messages import say
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion.drift import drift_since, log_drift
from storyflower.promotion.lineage import Change, lineage_of, what_changed
from storyflower.promotion.pruning import PruningReport, prune
from storyflower.recipe import TrainingRecipe
from storyflower.reports.drift_text import drift_markdown, drift_summary
from storyflower.storage.home import Home
from storyflower.tracking.runs import TrackedRun
from tasks.publishing import publish_of_run

log = logging.getLogger("storyflower.retrain")  # under `storyflower`, so that one setting shows all of it


@task(name="look")
def look_for_change(home: Home, source: CorpusSource, recipe: TrainingRecipe) -> Change:
    """Compare workbooks, recipe, encoder and code with those of the champion."""
    change = what_changed(home, lineage_of(home, source, recipe))
    log.info("retrain: %s", change.reason)
    return change


@task(name="drift")
def report_drift(home: Home, version: RegisteredVersion, champion: ModelVersion) -> str | None:
    """Compare the training texts with those of the former champion; log the drift to MLflow and publish it to Prefect.

    Returns:
        One line for the log, or None where the former champion has no profile to compare with.
    """
    run = TrackedRun(home, version.run_id)
    report = drift_since(champion, run)
    if report is None:
        log.warning(say("log.no_profile", version=champion.version))
        return None
    log_drift(run, report, champion)
    publish_of_run(run, drift_markdown(report), key="drift", description=say("drift.artifact"))
    summary = drift_summary(report, str(champion.version))
    log.info("drift: %s", summary)
    return summary


@task(name="prune")
def prune_home(home: Home, *, keep_days: int, keep_rejected: int) -> PruningReport:
    """Remove stage entries, checkpoints and refused versions that are old and unused."""
    return prune(home, keep_days=keep_days, keep_rejected=keep_rejected)
