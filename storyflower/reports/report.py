"""Everything that is kept of an evaluation, as files: figures, predictions, likely label errors, plots, the page."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from storyflower.evaluation.assessment import Answers, Assessment, assess
from storyflower.messages import say
from storyflower.reports.calibration_plots import coverage_plot, reliability_plot
from storyflower.reports.label_errors import LabelOrigin, write_label_errors
from storyflower.reports.pages import results_body
from storyflower.reports.plots import confusion_plot, label_scores_plot, training_curves_plot
from storyflower.reports.predictions import prediction_frame, worst_confusions

FIGURES_FILE = "evaluation.json"
PREDICTIONS_FILE = "predictions.parquet"
TABLE_FILE = "predictions.json"
"""The predictions as MLflow's pages show a table: what its `log_table` writes, but with Hangul left readable."""
LABEL_ERRORS_FILE = "label_errors.xlsx"
PAGE_FILE = "results.html"
BODY_FILE = "results_body.html"
"""The page without its heading, which says how the model was judged: that is known later."""
_SCORE_PLOTS = ("confusion", "f1_by_label", "training_curves")
_CONFIDENCE_PLOTS = ("reliability", "coverage")
PLOTS = (*_SCORE_PLOTS, *_CONFIDENCE_PLOTS)
"""Names of the plots; each is kept as `<name>.png`, its caption is the word `plot.<name>`."""


def write_evaluation(
    folder: Path,
    examples: pd.DataFrame,
    names: tuple[str, ...],
    answers: Answers,
    baseline_probabilities: NDArray[np.float64],
    history: Sequence[Mapping[str, Any]],
    about: Mapping[str, Any],
    origin: LabelOrigin,
) -> Assessment:
    """Judge a model and the baseline on the same examples, and write all of it into `folder`.

    Args:
        folder: existing and empty.
        examples: n rows of a corpus.
        names: the c label names by id.
        answers: the model's, in the order of the rows.
        baseline_probabilities: the baseline's, float (n, c).
        history: the training's epochs, as `EpochRecord` holds them.
        about: facts of the run for the page; `best_epoch` (from 1) is marked in the curves.
        origin: where the examples' labels come from, for the list of likely label errors.

    Raises:
        ValueError: no examples, or shapes that do not fit.
    """
    assessment = assess(examples, names, answers, baseline_probabilities)
    predictions = prediction_frame(examples, answers.probabilities, names)
    pictures = _pictures(assessment, history, about["best_epoch"])
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(picture)
    body = results_body(
        assessment,
        worst_confusions(predictions),
        {say(f"plot.{name}"): pictures[name] for name in _SCORE_PLOTS},
        {say(f"plot.{name}"): pictures[name] for name in _CONFIDENCE_PLOTS},
        about,
    )
    (folder / BODY_FILE).write_text(body, "utf-8")
    (folder / FIGURES_FILE).write_text(json.dumps(assessment.to_json(), ensure_ascii=False, indent=1), "utf-8")
    predictions.to_parquet(folder / PREDICTIONS_FILE, index=False)
    predictions.to_json(folder / TABLE_FILE, orient="split", index=False, force_ascii=False)
    write_label_errors(folder / LABEL_ERRORS_FILE, predictions, origin)
    return assessment


def read_figures(folder: Path) -> dict[str, Any]:
    """`test` and `baseline`, as `Assessment.to_json` made them, of a folder that `write_evaluation` has filled."""
    figures: dict[str, Any] = json.loads((folder / FIGURES_FILE).read_text("utf-8"))
    return figures


def _pictures(assessment: Assessment, history: Sequence[Mapping[str, Any]], best_epoch: int) -> dict[str, bytes]:
    train_loss, dev_loss, dev_macro_f1 = (
        [epoch[figure] for epoch in history] for figure in ("train_loss", "dev_loss", "dev_macro_f1")
    )
    return {
        "confusion": confusion_plot(assessment.model),
        "f1_by_label": label_scores_plot(assessment.model, assessment.baseline),
        "training_curves": training_curves_plot(train_loss, dev_loss, dev_macro_f1, best_epoch),
        "reliability": reliability_plot(assessment.calibration),
        "coverage": coverage_plot(assessment.calibration.coverage),
    }
