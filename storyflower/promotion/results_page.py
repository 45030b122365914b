"""Logs the page of results of a run, with the registered version and the decision on its promotion."""

from datetime import datetime
from pathlib import PurePosixPath

from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef
from storyflower.pipeline.results import RegisteredVersion
from storyflower.reports.pages import PageHeading, results_page
from storyflower.reports.report import BODY_FILE, PAGE_FILE
from storyflower.settings import DEMO_MODEL
from storyflower.tracking.runs import EVALUATION_FOLDER, TrackedRun
from storyflower.tracking.store import client


def log_results_page(
    run: TrackedRun, corpus: CorpusRef, evaluation: EvaluationRef, version: RegisteredVersion | None = None
) -> None:
    """Log the page of results to the run: after the evaluation, and again with the version and the decision."""
    sources = read_corpus(corpus).sources
    names = {
        role: tuple(PurePosixPath(s.workbook.replace("\\", "/")).name for s in sources if s.role == role)
        for role in ("training", "validation")
    }
    heading = PageHeading(
        model=run.home.model,
        date=f"{datetime.now().astimezone():%Y-%m-%d %H:%M}",
        training=names["training"],
        validation=names["validation"],
        demo=run.home.model == DEMO_MODEL,
        version=None if version is None else version.model_version,
        outcome=None if version is None else version.outcome,
        reason="" if version is None else version.reason,
    )
    body = evaluation.path(BODY_FILE).read_text("utf-8")
    client(run.home).log_text(run.run_id, results_page(body, heading), f"{EVALUATION_FOLDER}/{PAGE_FILE}")
