"""Two pages that a person opens in a browser: self-contained, without scripts, printable, safe with any text."""

import base64
import struct
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from storyflower.data.messages import say
from storyflower.data.quality import QualityReport
from storyflower.evaluation.canvas import DPI
from storyflower.evaluation.metrics import Evaluation
from storyflower.evaluation.plots import SPLIT_NAMES
from storyflower.evaluation.predictions import Confusion

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


def data_quality_page(report: QualityReport, plots: Mapping[str, bytes]) -> str:
    """The data-quality report as one HTML file; `plots` are PNG pictures by caption."""
    return _render("data_quality.html.j2", report=report, plots=plots, split_names=SPLIT_NAMES)


def results_page(
    evaluation: Evaluation,
    baseline: Evaluation,
    confusions: Sequence[Confusion],
    plots: Mapping[str, bytes],
    about: Mapping[str, Any],
) -> str:
    """How the model did on the validation workbook, beside the baseline, as one HTML file.

    Args:
        evaluation: the model's figures.
        baseline: the reference's figures on the same rows.
        confusions: the worst confusions, with examples.
        plots: PNG pictures by caption.
        about: facts of the run to list, by the keys of `ABOUT_NAMES` or any other name.
    """
    pairs = list(zip(evaluation.per_label, baseline.per_label, strict=True))
    return _render(
        "results.html.j2",
        evaluation=evaluation,
        baseline=baseline,
        pairs=pairs,
        confusions=confusions,
        plots=plots,
        about={ABOUT_NAMES.get(name, name): fact for name, fact in about.items()},
    )


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


_ENVIRONMENT.filters |= {
    "inline": _inline,
    "natural_width": _natural_width,
    "in_words": _in_words,
    "file_name": _file_name,
    "number": "{:,}".format,
    "score": "{:.3f}".format,
    "percent": "{:.1%}".format,
}
