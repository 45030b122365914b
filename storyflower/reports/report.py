"""The files of an evaluation: figures, predictions, likely label errors, plots and the page of results."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from storyflower.evaluation.assessment import FIGURES_FILE, Assessment
from storyflower.evaluation.predictions import PREDICTIONS_FILE, worst_confusions
from storyflower.messages import say
from storyflower.reports.calibration_plots import coverage_plot, reliability_plot
from storyflower.reports.label_errors import LabelOrigin, write_label_errors
from storyflower.reports.pages import AboutRun, results_body
from storyflower.reports.plots import confusion_plot, label_scores_plot, training_curves_plot
from storyflower.training.progress import EpochRecord

TABLE_FILE = "predictions.json"
"""The predictions as MLflow's pages show a table: the format of MLflow's `log_table`, with Hangul unescaped."""
LABEL_ERRORS_FILE = "label_errors.xlsx"
PAGE_FILE = "results.html"
BODY_FILE = "results_body.html"
"""The page without its heading, which shows the decision of the gate and so is written later."""
_SCORE_PLOTS = ("confusion", "f1_by_label", "training_curves")
_CONFIDENCE_PLOTS = ("reliability", "coverage")
PLOTS = (*_SCORE_PLOTS, *_CONFIDENCE_PLOTS)
"""Names of the plots; each is kept as `<name>.png`, its caption is the message `plot.<name>`."""


def write_evaluation(
    folder: Path,
    assessment: Assessment,
    predictions: pd.DataFrame,
    history: Sequence[EpochRecord],
    about: AboutRun,
    origin: LabelOrigin,
) -> None:
    """Write every file of an evaluation.

    Args:
        folder: existing and empty.
        assessment: the figures of the model and of the baseline.
        predictions: the model's, a table of `prediction_frame`.
        history: the epochs of the training.
        about: facts of the run for the page; its best epoch is marked in the curves.
        origin: the columns and workbooks the labels come from, for the list of likely label errors.
    """
    losses = [epoch.train_loss for epoch in history], [epoch.dev_loss for epoch in history]
    pictures = {
        "confusion": confusion_plot(assessment.model),
        "f1_by_label": label_scores_plot(assessment.model, assessment.baseline),
        "training_curves": training_curves_plot(*losses, [epoch.dev_macro_f1 for epoch in history], about.best_epoch),
        "reliability": reliability_plot(assessment.calibration),
        "coverage": coverage_plot(assessment.calibration.coverage),
    }
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
