import json
from pathlib import Path

import numpy as np
import pandas as pd

from storyflower.evaluation.metrics import Evaluation
from storyflower.evaluation.report import FIGURES_FILE, PAGE_FILE, PLOTS, PREDICTIONS_FILE, TABLE_FILE, write_evaluation

HISTORY = [{"train_loss": 1.5, "dev_loss": 1.4, "dev_macro_f1": 0.4, "epoch": 1}]


def test_everything_is_kept_as_files(examples: pd.DataFrame, probabilities: np.ndarray, tmp_path: Path) -> None:
    names, flat = ("기쁨", "슬픔", "분노"), np.full((5, 3), 1 / 3)
    model, baseline = write_evaluation(
        tmp_path, examples, names, probabilities, flat, HISTORY, {"best_epoch": 1, "epochs": 1}
    )
    assert model.accuracy == 0.4
    assert baseline.confusion == ((2, 0, 0), (1, 0, 0), (2, 0, 0))
    figures = json.loads((tmp_path / FIGURES_FILE).read_text("utf-8"))
    assert Evaluation.from_json(figures["test"]) == model
    assert Evaluation.from_json(figures["baseline"]) == baseline
    assert "기쁨" in (tmp_path / FIGURES_FILE).read_text("utf-8")
    assert pd.read_parquet(tmp_path / PREDICTIONS_FILE)["text"].tolist() == examples["text"].tolist()
    assert "짜증 나" in (tmp_path / PAGE_FILE).read_text("utf-8")
    table = json.loads((tmp_path / TABLE_FILE).read_text("utf-8"))
    assert (len(table["data"]), table["columns"][-1]) == (len(examples), f"p_{names[-1]}")
    assert "기쁨" in (tmp_path / TABLE_FILE).read_text("utf-8")
    kept = {file.name for file in tmp_path.iterdir() if file.is_file()}
    assert kept == {FIGURES_FILE, PREDICTIONS_FILE, TABLE_FILE, PAGE_FILE, *(f"{name}.png" for name in PLOTS)}
