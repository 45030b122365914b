"""The data-quality page and the page of results: one HTML file each, without scripts, safe with any text."""

import base64
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from storyflower.data.quality_report import QualityReport
from storyflower.evaluation.assessment import Assessment
from storyflower.evaluation.baseline import MOST_TEXTS
from storyflower.evaluation.compare import Comparison
from storyflower.evaluation.predictions import Confusion
from storyflower.evaluation.slices import Slice
from storyflower.messages import language, say
from storyflower.reports.canvas import DPI
from storyflower.reports.results_table import headings, results_table
from storyflower.reports.row_table import RARE_COLUMNS, label_table, rare_label_table, row_table

_ENVIRONMENT = Environment(
    loader=PackageLoader("storyflower.reports"),
    autoescape=True,  # texts and labels come from a workbook
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class PageHeading:
    """The top of the page of results: the model, its data and the decision of the gate."""

    model: str
    """The registered model."""
    date: str
    """Local date and time."""
    training: tuple[str, ...]
    """File names of the workbooks."""
    validation: tuple[str, ...]
    demo: bool
    version: str | None = None
    """None before the model is registered."""
    outcome: str | None = None
    """`promoted`, `awaiting` or `not_promoted`; None before the gate has decided."""
    reason: str = ""


@dataclass(frozen=True)
class AboutRun:
    """Facts of the run that the page of results lists."""

    best_epoch: int
    """From 1."""
    epochs: int
    """Epochs that were trained."""
    model: str
    """SHA-256 (hex) of the model's files."""
    adapted_texts: int | None = None
    """Texts on which the encoder was adapted before; None, and not listed, if it was not."""


def data_quality_page(report: QualityReport, plots: Mapping[str, bytes]) -> str:
    """The data-quality report as one HTML file; `plots` are PNG pictures by caption."""
    return _render(
        "data_quality.html.j2",
        report=report,
        row_table=row_table(report.workbooks.values()),
        label_table=label_table(report.balance),
        rare_columns=[say(column) for column in RARE_COLUMNS],
        rare_labels=rare_label_table(report.rare_labels),
        plots=plots,
        split_names={split: say(f"split.{split}") for split in report.balance},
    )


def folds_page(
    table: Sequence[Sequence[str]],
    headings: Sequence[str],
    headlines: Sequence[str],
    plots: Mapping[str, bytes],
    *,
    folds: int,
) -> str:
    """The page of a cross-validation as one HTML file.

    Args:
        table: a line a fold, and the pooled figures in the last one.
        headings: of its columns.
        headlines: the pooled figures in sentences.
        plots: PNG pictures by caption.
        folds: how many there are.
    """
    return _render("folds.html.j2", table=table, columns=headings, headlines=headlines, plots=plots, folds=folds)


def sweep_page(
    sentences: Sequence[str], tables: Mapping[str, Sequence[Sequence[str]]], plots: Mapping[str, bytes]
) -> str:
    """The page of a sweep as one HTML file; each table begins with its headings, and stands under its title."""
    return _render("sweep.html.j2", sentences=sentences, tables=tables, plots=plots)


def results_page(body: str, heading: PageHeading) -> str:
    """The page of results as one HTML file: its body, as `results_body` made it, below a heading."""
    return _render("results.html.j2", body=body, heading=heading)


def results_body(
    assessment: Assessment,
    confusions: Sequence[Confusion],
    plots: Mapping[str, bytes],
    confidence_plots: Mapping[str, bytes],
    about: AboutRun,
) -> str:
    """The results on the validation workbook as HTML without a head and heading.

    Args:
        assessment: the figures of the model and of the baseline.
        confusions: the worst confusions, with examples.
        plots: PNG pictures of the scores, by caption.
        confidence_plots: PNG pictures of the model's confidence, by caption.
        about: facts of the run to list.
    """
    return _render(
        "results_body.html.j2",
        assessment=assessment,
        evaluation=assessment.model,
        baseline=assessment.baseline,
        most_fitted=MOST_TEXTS,
        table=results_table(assessment),
        headings=headings(),
        verdict=baseline_verdict(assessment.against_baseline),
        slices=_by_heading(assessment.slices),
        confusions=confusions,
        plots=plots,
        confidence_plots=confidence_plots,
        about={say(f"about.{name}"): fact for name, fact in asdict(about).items() if fact is not None},
    )


def baseline_verdict(against: Comparison) -> str:
    """One sentence on how macro-F1 compares with the baseline's, with the difference and its interval."""
    interval, difference = against.macro_f1_interval, against.macro_f1_difference
    code = f"baseline_verdict.{against.macro_f1_reading}"
    return say(code, difference=difference, size=abs(difference), low=interval.low, high=interval.high)


def _by_heading(slices: Sequence[Slice]) -> dict[str, list[Slice]]:
    """The slices under the words for what they are made by."""
    found: dict[str, list[Slice]] = {}
    for part in slices:
        found.setdefault(say(f"slice.{part.by}"), []).append(replace(part, value=slice_value(part.by, part.value)))
    return found


def slice_value(by: str, value: str) -> str:
    """The value of a slice in the language in force."""
    if by == "length":
        return say("slice.tokens", range=value.replace("-", "–"))
    return say(f"slice.{value}") if by == "truncated" else value


def _render(template: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(template).render(**values, lang=language())


def _inline(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def _natural_width(picture: bytes) -> int:
    """CSS pixels at which a PNG's texts have their own size."""
    pixels: int = struct.unpack(">I", picture[16:20])[0]
    return round(pixels * 96 / DPI)


def _file_name(location: str) -> str:
    return PurePosixPath(location.replace("\\", "/")).name


_ENVIRONMENT.globals["say"] = say
_ENVIRONMENT.filters |= {
    "inline": _inline,
    "natural_width": _natural_width,
    "in_words": say,
    "file_name": _file_name,
    "interval": lambda interval: f"{interval.low:.3f}–{interval.high:.3f}",
    "p_value": lambda p: f"= {p:.3f}" if p >= 0.001 else "< 0.001",
    "number": "{:,}".format,
    "score": "{:.3f}".format,
    "percent": "{:.1%}".format,
}
