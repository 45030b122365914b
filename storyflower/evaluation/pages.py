"""Two pages that a person opens in a browser: self-contained, without scripts, printable, safe with any text."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from storyflower.data.messages import say
from storyflower.data.quality import QualityReport
from storyflower.evaluation.metrics import Evaluation
from storyflower.evaluation.plots import SPLIT_NAMES
from storyflower.evaluation.predictions import Confusion

_ENVIRONMENT = Environment(
    loader=PackageLoader("storyflower.evaluation"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def data_quality_page(report: QualityReport, plots: Mapping[str, bytes]) -> str:
    """What the workbooks held; `plots` are PNG pictures by caption."""
    return _render("data_quality.html.j2", report=report, plots=plots, split_names=SPLIT_NAMES)


def results_page(
    evaluation: Evaluation,
    baseline: Evaluation,
    confusions: Sequence[Confusion],
    plots: Mapping[str, bytes],
    about: Mapping[str, Any],
) -> str:
    """How the model did on the validation workbook, beside the baseline.

    Args:
        evaluation: the model's figures.
        baseline: the reference's figures on the same rows.
        confusions: the worst confusions, with examples.
        plots: PNG pictures by caption.
        about: facts of the run to list, in the order given.
    """
    pairs = list(zip(evaluation.per_label, baseline.per_label, strict=True))
    return _render(
        "results.html.j2",
        evaluation=evaluation,
        baseline=baseline,
        pairs=pairs,
        confusions=confusions,
        plots=plots,
        about=about,
    )


def _render(template: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(template).render(**values)


def _inline(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode()


_ENVIRONMENT.filters |= {"inline": _inline, "in_words": lambda code: say(code, "ko")}
