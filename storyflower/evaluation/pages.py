"""Two pages that a person opens in a browser: self-contained, without scripts, printable, safe with any text."""

import base64
import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from storyflower.data.quality import QualityReport
from storyflower.evaluation.assessment import Assessment
from storyflower.evaluation.canvas import DPI
from storyflower.evaluation.intervals import Interval
from storyflower.evaluation.plots import SPLIT_NAMES
from storyflower.evaluation.predictions import Confusion
from storyflower.evaluation.slices import Slice
from storyflower.messages import say

_ENVIRONMENT = Environment(
    loader=PackageLoader("storyflower.evaluation"),
    autoescape=True,  # texts and labels come from somebody's workbook
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


ABOUT_NAMES = {
    "best_epoch": "고른 epoch (개발 macro-F1 최고)",
    "epochs": "학습한 epoch 수",
    "model": "모델 파일의 SHA-256",
}
"""How facts of a run are called on the page; one that is not here keeps its own name."""
SLICE_NAMES = {
    "age": "연령",
    "gender": "성별",
    "situation": "상황키워드",
    "length": "문장 길이",
    "truncated": "max_len에서 잘림",
}
TRUNCATION_NAMES = {"whole": "잘리지 않음", "cut": "잘림"}


def data_quality_page(report: QualityReport, plots: Mapping[str, bytes]) -> str:
    """The data-quality report as one HTML file; `plots` are PNG pictures by caption."""
    return _render("data_quality.html.j2", report=report, plots=plots, split_names=SPLIT_NAMES)


def results_page(
    assessment: Assessment,
    confusions: Sequence[Confusion],
    plots: Mapping[str, bytes],
    confidence_plots: Mapping[str, bytes],
    about: Mapping[str, Any],
) -> str:
    """How the model did on the validation workbook, beside the baseline, as one HTML file.

    Args:
        assessment: the figures of the model and of the baseline.
        confusions: the worst confusions, with examples.
        plots: PNG pictures of the scores, by caption.
        confidence_plots: PNG pictures of the model's confidence, by caption.
        about: facts of the run to list, by the keys of `ABOUT_NAMES` or any other name.
    """
    evaluation, baseline = assessment.model, assessment.baseline
    return _render(
        "results.html.j2",
        assessment=assessment,
        evaluation=evaluation,
        baseline=baseline,
        pairs=list(zip(evaluation.per_label, baseline.per_label, strict=True)),
        recall_changes={change.label: change.difference for change in assessment.against_baseline.recalls},
        slices=_by_heading(assessment.slices),
        confusions=confusions,
        plots=plots,
        confidence_plots=confidence_plots,
        about={ABOUT_NAMES.get(name, name): fact for name, fact in about.items()},
    )


def _by_heading(slices: Sequence[Slice]) -> dict[str, list[Slice]]:
    """The slices under what they are made by, both called as a reader calls them."""
    found: dict[str, list[Slice]] = {}
    for part in slices:
        value = f"{part.value.replace('-', '–')} 토큰" if part.by == "length" else part.value
        value = TRUNCATION_NAMES[value] if part.by == "truncated" else value
        found.setdefault(SLICE_NAMES[part.by], []).append(replace(part, value=value))
    return found


def _render(template: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(template).render(**values)


def _inline(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def _natural_width(picture: bytes) -> int:
    """CSS pixels at which a PNG's texts have their own size."""
    pixels: int = struct.unpack(">I", picture[16:20])[0]
    return round(pixels * 96 / DPI)


def _in_words(code: str) -> str:
    return say(code, "ko")


def _file_name(location: str) -> str:
    return PurePosixPath(location.replace("\\", "/")).name


def _interval(interval: Interval) -> str:
    return f"{interval.low:.3f}–{interval.high:.3f}"


def _change(interval: Interval) -> str:
    return f"{interval.low:+.3f} ~ {interval.high:+.3f}"


def _p_value(p: float) -> str:
    return f"= {p:.3f}" if p >= 0.001 else "< 0.001"


_ENVIRONMENT.filters |= {
    "inline": _inline,
    "natural_width": _natural_width,
    "in_words": _in_words,
    "file_name": _file_name,
    "interval": _interval,
    "change": _change,
    "p_value": _p_value,
    "number": "{:,}".format,
    "score": "{:.3f}".format,
    "percent": "{:.1%}".format,
}
