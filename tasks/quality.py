"""Stage `quality`: a page that says what the workbooks held, what was set aside, and what the model will see."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storyflower.data.corpus import load_corpus
from storyflower.data.quality import quality_report
from storyflower.evaluation.model_card import cell
from storyflower.evaluation.pages import data_quality_page
from storyflower.evaluation.plots import class_balance_plot, token_length_plot
from storyflower.evaluation.profile import PROFILE_FILE, profile_of
from storyflower.manifests import CorpusRef, QualityRef, TokensRef
from storyflower.messages import say
from storyflower.registry.tracking import DATA_FOLDER, TrackedRun
from storyflower.settings import settings
from storyflower.stages import Outcome, StageStore
from storyflower.text.loading import special_ids_of
from storyflower.text.tokens import load_tokens
from tasks.publishing import publish_markdown
from tasks.results import run_link
from tasks.stage import stage

VERSION = 3  # raise when the same corpus and tokens would give another report

REPORT_FILE = "data_quality.json"
PAGE_FILE = "data_quality.html"
PLOTS = ("class_balance", "token_lengths")


@stage("quality")
def report_quality(run: TrackedRun, corpus: CorpusRef, tokens: TokensRef) -> Outcome[QualityRef]:
    """The data-quality report: JSON, plots and a page in MLflow, a table in Prefect; and a profile to see drift by."""

    def build(folder: Path) -> dict[str, Any]:
        loaded, sequences = load_corpus(corpus.directory), load_tokens(tokens.directory)
        report = quality_report(
            loaded,
            sequences.lengths,
            sequences.truncated,
            max_len=tokens.facts["max_len"],
            health=tokens.facts["health"],
        )
        about = {name: tokens.facts[name] for name in ("vocabulary", "max_len")}
        profile = profile_of(loaded, sequences, special_ids=special_ids_of(tokens.facts), **about)
        (folder / PROFILE_FILE).write_text(profile.to_json(), "utf-8")
        pictures = {
            "class_balance": class_balance_plot(report.balance),
            "token_lengths": token_length_plot(report.lengths),
        }
        for name, picture in pictures.items():
            (folder / f"{name}.png").write_bytes(picture)
        page = data_quality_page(report, {say(f"plot.{name}"): picture for name, picture in pictures.items()})
        (folder / PAGE_FILE).write_text(page, "utf-8")
        (folder / REPORT_FILE).write_text(json.dumps(asdict(report), ensure_ascii=False, indent=1), "utf-8")
        return {"workbooks": report.workbooks, "balance": report.balance}

    outcome = StageStore(settings().home).get_or_build(QualityRef, "quality", depends_on(corpus, tokens), build)
    for name in (REPORT_FILE, PAGE_FILE, PROFILE_FILE, *(f"{plot}.png" for plot in PLOTS)):
        run.log_file(outcome.value.path(name), DATA_FOLDER)
    publish_markdown(
        f"{_as_markdown(outcome.value.facts)}\n\n{run_link(run.run_id)}\n",
        key="data-quality",
        description=say("quality.artifact"),
    )
    return replace(outcome, summary=say("stage.quality", page=PAGE_FILE))


def depends_on(corpus: CorpusRef, tokens: TokensRef) -> dict[str, Any]:
    """The stage's key. The tokens count by theirs: the page states `max_len`, which the token ids need not show."""
    return {"version": VERSION, "lang": settings().lang, "corpus": corpus.key, "tokens": tokens.key}


def _as_markdown(facts: dict[str, Any]) -> str:
    books = facts["workbooks"]
    lines = [f"| | {say('summary.training')} | {say('summary.validation')} |", "|---|---:|---:|"]
    for name in ("rows", "usable"):
        lines.append(f"| {say(name)} | {books['training'][name]:,} | {books['validation'][name]:,} |")
    for group in ("set_aside", "repaired"):
        for name in books["training"][group]:
            counts = " | ".join(f"{book[group][name]:,}" for book in books.values())
            lines.append(f"| {say(f'summary.{group}', reason=say(name))} | {counts} |")
    lines += ["", _header("page.emotion", *(f"split.{split}" for split in facts["balance"])), "|---|---:|---:|---:|"]
    for label in facts["balance"]["train"]:
        counts = " | ".join(f"{split[label]:,}" for split in facts["balance"].values())
        lines.append(f"| {cell(label)} | {counts} |")
    return "\n".join(lines)


def _header(*codes: str) -> str:
    return f"| {' | '.join(say(code) for code in codes)} |"
