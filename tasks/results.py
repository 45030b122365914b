"""Results as people read them: the page of a run, and Markdown for the artifacts that Prefect shows with it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from storyflower.data.corpus import load_corpus
from storyflower.messages import say
from storyflower.pipeline.manifests import CorpusRef, EvaluationRef
from storyflower.pipeline.results import RegisteredVersion
from storyflower.reports.model_card import cell
from storyflower.reports.pages import PageHeading, results_page
from storyflower.reports.report import BODY_FILE, PAGE_FILE
from storyflower.settings import DEMO_MODEL
from storyflower.storage.home import is_server
from storyflower.tracking.runs import EVALUATION_FOLDER, TrackedRun, client


def log_page(
    run: TrackedRun, corpus: CorpusRef, evaluation: EvaluationRef, version: RegisteredVersion | None = None
) -> None:
    """Write the page of results to the run: before it is judged, and anew with version and verdict."""
    sources = load_corpus(corpus.directory).sources
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


def as_markdown(figures: Mapping[str, Any], run: TrackedRun) -> str:
    """A table of the model's figures by label beside the baseline's; `figures` as `evaluation.json` holds them."""
    test, baseline = figures["test"], figures["baseline"]
    columns = (say(f"page.{name}") for name in ("emotion", "sentences", "precision", "recall", "baseline_f1"))
    emotion, sentences, precision, recall, baseline_f1 = columns
    lines = [
        f"| | {say('axis.model')} | {say('slices.interval')} | {say('registry.baseline')} | p |",
        "|---|---:|---:|---:|---:|",
        _headline(say("registry.accuracy"), "accuracy", test, baseline),
        _headline("macro-F1", "macro_f1", test, baseline),
        "",
        _calibration(test["calibration"]),
        "",
        f"| {emotion} | {sentences} | {precision} | {recall} | F1 | {baseline_f1} |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for score, reference in zip(test["per_label"], baseline["per_label"], strict=True):
        lines.append(
            f"| {cell(score['label'])} | {score['support']:,} | {score['precision']:.3f} | {score['recall']:.3f} "
            f"| {score['f1']:.3f} | {reference['f1']:.3f} |"
        )
    return "\n".join([*lines, "", run_link(run), ""])


def _headline(name: str, figure: str, test: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    interval = test[f"{figure}_interval"]
    return (
        f"| {name} | {test[figure]:.4f} | {interval['low']:.4f}–{interval['high']:.4f} "
        f"| {baseline[figure]:.4f} | {test['against_baseline'][f'{figure}_p']:.2g} |"
    )


def _calibration(found: Mapping[str, Any]) -> str:
    return (
        f"temperature {found['temperature']:.2f}: ECE {found['before']['ece']:.3f} → "
        f"{found['after']['ece']:.3f}, Brier {found['before']['brier']:.3f} → {found['after']['brier']:.3f}"
    )
