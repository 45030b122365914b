import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from storyflower.data.repair_report import LabelField
from storyflower.evaluation.assessment import FIGURES_FILE, Answers, Assessment, assess, read_assessment
from storyflower.evaluation.behaviour import behaviour_rates
from storyflower.evaluation.predictions import PREDICTIONS_FILE, prediction_frame
from storyflower.messages import say
from storyflower.reports.label_errors import LabelOrigin
from storyflower.reports.pages import AboutRun, results_body
from storyflower.reports.report import BODY_FILE, LABEL_ERRORS_FILE, PLOTS, TABLE_FILE, write_evaluation
from storyflower.training.progress import EpochRecord

HISTORY = [EpochRecord(1, 1.5, 0.4, 1.4, 0.4, 0.4, 5e-5, 100.0, 1.0, 0.1)]
NAMES, FLAT = ("기쁨", "슬픔", "분노"), np.full((5, 3), 1 / 3)
ABOUT = AboutRun(best_epoch=1, epochs=1, model="ab" * 32)
ORIGIN = LabelOrigin(LabelField(("감정_대분류",), NAMES), {"ab" * 32: "a.xlsx"})


@pytest.fixture
def answers(probabilities: np.ndarray) -> Answers:
    return Answers(
        logits=np.log(probabilities).astype(np.float32),
        temperature=2.0,
        lengths=np.array([4, 5, 5, 6, 20]),
        truncated=np.array([False] * 4 + [True]),
        behaviour=behaviour_rates(lambda texts: ["기쁨"] * len(texts)),
    )


def written(folder: Path, examples: pd.DataFrame, answers: Answers) -> Assessment:
    assessment = assess(examples, NAMES, answers, FLAT)
    predictions = prediction_frame(examples, answers.probabilities, NAMES)
    write_evaluation(folder, assessment, predictions, HISTORY, ABOUT, ORIGIN)
    return assessment


def test_everything_is_kept_as_files(examples: pd.DataFrame, answers: Answers, tmp_path: Path) -> None:
    found = written(tmp_path, examples, answers)
    assert found.model.accuracy == 0.4
    assert found.baseline.confusion == ((2, 0, 0), (1, 0, 0), (2, 0, 0))
    assert "기쁨" in (tmp_path / FIGURES_FILE).read_text("utf-8")
    assert pd.read_parquet(tmp_path / PREDICTIONS_FILE)["text"].tolist() == examples["text"].tolist()
    assert "짜증 나" in (tmp_path / BODY_FILE).read_text("utf-8")
    table = json.loads((tmp_path / TABLE_FILE).read_text("utf-8"))
    assert (len(table["data"]), table["columns"][-1]) == (len(examples), f"p_{NAMES[-1]}")
    assert "기쁨" in (tmp_path / TABLE_FILE).read_text("utf-8")
    kept = {file.name for file in tmp_path.iterdir() if file.is_file()}
    files = {FIGURES_FILE, PREDICTIONS_FILE, TABLE_FILE, BODY_FILE, LABEL_ERRORS_FILE}
    assert kept == files | {f"{name}.png" for name in PLOTS}


def test_the_page_lists_an_adaptation_if_there_was_one(examples: pd.DataFrame, answers: Answers) -> None:
    found = assess(examples, NAMES, answers, FLAT)
    pages = [results_body(found, [], {}, {}, about) for about in (ABOUT, replace(ABOUT, adapted_texts=1240))]
    assert [say("about.adapted_texts") in page for page in pages] == [False, True]
    assert "1240" in pages[1]


def test_the_figures_hold_all_that_is_known_of_the_model(
    examples: pd.DataFrame, answers: Answers, tmp_path: Path
) -> None:
    found = written(tmp_path, examples.assign(gender="여성"), answers)
    figures = json.loads((tmp_path / FIGURES_FILE).read_text("utf-8"))
    test = figures["test"]
    assert read_assessment(tmp_path) == found
    assert test["accuracy_interval"]["low"] <= 0.4 <= test["accuracy_interval"]["high"]
    assert test["macro_f1_interval"]["level"] == 0.95
    assert test["calibration"]["temperature"] == 2.0
    assert test["calibration"]["after"]["log_loss"] == pytest.approx(test["log_loss"])
    assert len(test["calibration"]["before"]["bins"]) == 15
    assert [(part["by"], part["value"], part["n"]) for part in test["slices"]] == [
        ("gender", "여성", 5),
        ("length", "1-16", 4),
        ("length", "17-24", 1),
        ("truncated", "whole", 4),
        ("truncated", "cut", 1),
    ]
    assert {rate["kind"] for rate in test["behaviour"]} == {"invariance", "directional"}


def test_the_probabilities_kept_are_those_that_users_get(
    examples: pd.DataFrame, answers: Answers, probabilities: np.ndarray, tmp_path: Path
) -> None:
    written(tmp_path, examples, answers)
    kept = pd.read_parquet(tmp_path / PREDICTIONS_FILE)[[f"p_{name}" for name in NAMES]].to_numpy()
    cooled = np.sqrt(probabilities)  # softmax(log p / 2)
    np.testing.assert_allclose(kept, cooled / cooled.sum(axis=1, keepdims=True), atol=1e-6)
