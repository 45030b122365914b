"""Stage `quality`: the data-quality page, with the rows of the workbooks, those set aside, and the model's input."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storyflower.data.quality import quality_report
from storyflower.data.quality_report import QualityReport
from storyflower.evaluation.profile import PROFILE_FILE, profile_of
from storyflower.messages import language, say
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.facts import QualityFacts
from storyflower.pipeline.manifests import CorpusRef, QualityRef, TokensRef
from storyflower.reports.pages import data_quality_page
from storyflower.reports.plots import class_balance_plot, token_length_plot
from storyflower.storage.entries import Outcome
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.tokens import load_tokens

VERSION = 5  # raise when the same corpus and tokens would give another report

REPORT_FILE = "data_quality.json"
PAGE_FILE = "data_quality.html"
_PLOTS = ("class_balance", "token_lengths")
FILES = (REPORT_FILE, PAGE_FILE, PROFILE_FILE, *(f"{plot}.png" for plot in _PLOTS))
"""All that the stage leaves."""


def report_quality(home: Home, corpus: CorpusRef, tokens: TokensRef) -> Outcome[QualityRef]:
    """The data-quality report, as JSON, plots and a page; and a profile to see drift by."""

    def build(folder: Path) -> QualityFacts:
        loaded, sequences = read_corpus(corpus), load_tokens(tokens.directory)
        facts = tokens.facts
        report = quality_report(
            *(loaded, sequences.lengths, sequences.truncated),
            max_len=facts.max_len,
            health=asdict(facts.health),
        )
        profile = profile_of(
            *(loaded, sequences),
            vocabulary=facts.vocabulary,
            special_ids=facts.special_ids,
            max_len=facts.max_len,
        )
        (folder / PROFILE_FILE).write_text(profile.to_json(), "utf-8")
        _write_report(report, folder)
        return QualityFacts(
            workbooks=report.workbooks,
            balance=report.balance,
            rare_labels=report.rare_labels,
        )

    outcome = StageStore(home).get_or_build(QualityRef, "quality", depends_on(corpus, tokens), build)
    return replace(outcome, summary=say("stage.quality", page=PAGE_FILE))


def depends_on(corpus: CorpusRef, tokens: TokensRef) -> dict[str, Any]:
    """The stage's key. The tokens count by theirs: the page states `max_len`, which the token ids need not show."""
    return {"version": VERSION, "lang": language(), "corpus": corpus.key, "tokens": tokens.key}


def _write_report(report: QualityReport, folder: Path) -> None:
    """Plots, page and JSON."""
    pictures = dict(zip(_PLOTS, (class_balance_plot(report.balance), token_length_plot(report.lengths)), strict=True))
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(picture)
    page = data_quality_page(report, {say(f"plot.{name}"): picture for name, picture in pictures.items()})
    (folder / PAGE_FILE).write_text(page, "utf-8")
    (folder / REPORT_FILE).write_text(json.dumps(asdict(report), ensure_ascii=False, indent=1), "utf-8")
