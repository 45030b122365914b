"""The page of results of a run, and the link to the run for Prefect's artifacts."""

from datetime import datetime
from pathlib import PurePosixPath

from storyflower.messages import say
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef
from storyflower.pipeline.results import RegisteredVersion
from storyflower.reports.pages import PageHeading, results_page
from storyflower.reports.report import BODY_FILE, PAGE_FILE
from storyflower.settings import DEMO_MODEL
from storyflower.storage.home import is_server
from storyflower.tracking.runs import EVALUATION_FOLDER, TrackedRun
from storyflower.tracking.store import client


def log_page(
    run: TrackedRun, corpus: CorpusRef, evaluation: EvaluationRef, version: RegisteredVersion | None = None
) -> None:
    """Log the page of results to the run: before the gate decides, and again with the version and the decision."""
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


def run_link(run: TrackedRun) -> str:
    """Markdown that leads to an MLflow run: its page where a server shows it, else the id and how to see it."""
    uri, run_id = run.home.mlflow_uri, run.run_id
    if is_server(uri):
        experiment = client(run.home).get_run(run_id).info.experiment_id
        return f"[MLflow {run_id}]({uri.rstrip('/')}/#/experiments/{experiment}/runs/{run_id})"
    return say("results.run", run=f"`{run_id}`", command="`make mlflow`")
