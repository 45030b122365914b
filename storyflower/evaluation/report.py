"""Everything that is kept of an evaluation, as files: figures, predictions, plots and the page."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from storyflower.evaluation.metrics import Evaluation, evaluate_predictions
from storyflower.evaluation.pages import results_page
from storyflower.evaluation.plots import confusion_plot, label_scores_plot, training_curves_plot
from storyflower.evaluation.predictions import prediction_frame, worst_confusions

FIGURES_FILE = "evaluation.json"
PREDICTIONS_FILE = "predictions.parquet"
TABLE_FILE = "predictions.json"
"""The predictions as MLflow's pages show a table: what its `log_table` writes, but with Hangul left readable."""
PAGE_FILE = "results.html"
PLOTS = {
    "confusion": "혼동 행렬 (confusion matrix)",
    "f1_by_label": "감정별 F1, 기준선과 함께",
    "training_curves": "학습 곡선: 손실과 개발 macro-F1",
}


def write_evaluation(
    folder: Path,
    examples: pd.DataFrame,
    names: tuple[str, ...],
    probabilities: np.ndarray,
    baseline_probabilities: np.ndarray,
    history: Sequence[Mapping[str, Any]],
    about: Mapping[str, Any],
) -> tuple[Evaluation, Evaluation]:
    """Judge a model and the baseline on the same examples, and write all of it into `folder`.

    Args:
        folder: existing and empty.
        examples: n rows of a corpus.
        names: the c label names by id.
        probabilities: the model's, float (n, c).
        baseline_probabilities: the baseline's, float (n, c).
        history: the training's epochs, as `EpochRecord` holds them.
        about: facts of the run for the page; `best_epoch` (from 1) is marked in the curves.

    Returns:
        The model's figures and the baseline's.
    """
    labels = examples["label"].to_numpy()
    model = evaluate_predictions(labels, probabilities, names)
    baseline = evaluate_predictions(labels, baseline_probabilities, names)
    predictions = prediction_frame(examples, probabilities, names)
    train_loss, dev_loss, dev_macro_f1 = (
        [epoch[figure] for epoch in history] for figure in ("train_loss", "dev_loss", "dev_macro_f1")
    )
    pictures = {
        "confusion": confusion_plot(model),
        "f1_by_label": label_scores_plot(model, baseline),
        "training_curves": training_curves_plot(train_loss, dev_loss, dev_macro_f1, about["best_epoch"]),
    }
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(picture)
    captioned = {PLOTS[name]: picture for name, picture in pictures.items()}
    page = results_page(model, baseline, worst_confusions(predictions), captioned, about)
    (folder / PAGE_FILE).write_text(page, "utf-8")
    figures = {"test": model.to_json(), "baseline": baseline.to_json()}
    (folder / FIGURES_FILE).write_text(json.dumps(figures, ensure_ascii=False, indent=1), "utf-8")
    predictions.to_parquet(folder / PREDICTIONS_FILE, index=False)
    predictions.to_json(folder / TABLE_FILE, orient="split", index=False, force_ascii=False)
    return model, baseline
