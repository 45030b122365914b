"""The figures of a cross-validation: by fold, pooled, with intervals, beside the baseline's."""

import json
from pathlib import Path

import numpy as np
import pytest

from storyflower.evaluation.compare import compare_predictions
from storyflower.evaluation.folds import (
    FOLDS_FILE,
    CrossValidation,
    FoldAnswers,
    cross_validation,
    read_cross_validation,
)
from storyflower.reports.folds import PAGE_FILE, PLOT_FILE, folds_markdown, folds_table, write_folds

NAMES = ("기쁨", "슬픔", "분노")


def answers(seed: int, *, right: float, baseline_right: float, n: int = 40) -> FoldAnswers:
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 3

    def guesses(share: float) -> np.ndarray:
        found = np.where(random.random(n) < share, labels, (labels + 1) % 3)
        return np.full((n, 3), 0.1) + 0.7 * np.eye(3)[found]

    return FoldAnswers(labels, guesses(right), guesses(baseline_right))


@pytest.fixture
def folds() -> list[FoldAnswers]:
    return [answers(seed, right=0.9, baseline_right=0.6) for seed in range(5)]


@pytest.fixture
def found(folds: list[FoldAnswers]) -> CrossValidation:
    return cross_validation(folds, NAMES)


def test_the_pooled_figures_are_those_of_all_answers_together(found: CrossValidation, folds: list[FoldAnswers]) -> None:
    labels = np.concatenate([fold.labels for fold in folds])
    model = np.concatenate([fold.model for fold in folds]).argmax(axis=1)
    baseline = np.concatenate([fold.baseline for fold in folds]).argmax(axis=1)
    assert found.examples == 200
    assert found.model.accuracy == pytest.approx((model == labels).mean())
    assert found.baseline.accuracy == pytest.approx((baseline == labels).mean())
    assert found.against_baseline == compare_predictions(labels, model, baseline, NAMES)
    assert found.against_baseline.macro_f1_difference == pytest.approx(
        found.model.macro_f1 - found.baseline.macro_f1, abs=1e-9
    )
    assert found.macro_f1_interval.low < found.model.macro_f1 < found.macro_f1_interval.high
    assert found.accuracy_interval.low < found.model.accuracy < found.accuracy_interval.high
    for fold, score in zip(folds, found.folds, strict=True):
        assert score.model.accuracy == pytest.approx((fold.model.argmax(axis=1) == fold.labels).mean())


def test_the_figures_are_kept_and_reported(found: CrossValidation, tmp_path: Path, in_english: None) -> None:
    (tmp_path / FOLDS_FILE).write_text(json.dumps(found.to_json()), "utf-8")
    assert read_cross_validation(tmp_path) == found
    assert all(name.startswith("folds/") for name in found.as_metrics())
    table = folds_table(found)
    assert [line[0] for line in table] == ["1", "2", "3", "4", "5", "all"]
    assert table[-1][2] == f"{found.model.macro_f1:.3f}"
    assert "the model is better than the baseline" in folds_markdown(found)
    write_folds(tmp_path, found)
    page = (tmp_path / PAGE_FILE).read_text("utf-8")
    assert "Cross-validation" in page
    assert table[-1][2] in page
    assert (tmp_path / PLOT_FILE).read_bytes().startswith(b"\x89PNG")


def test_the_page_is_in_the_language_of_the_reader(found: CrossValidation, tmp_path: Path) -> None:
    write_folds(tmp_path, found)
    page = (tmp_path / PAGE_FILE).read_text("utf-8")
    assert "모델이 기준선보다 낫습니다." in page
    assert "폴드별 macro-F1" in page


def test_what_chance_explains_is_called_level() -> None:
    same = [answers(seed, right=0.7, baseline_right=0.7) for seed in range(3)]
    assert "우연과 구별되지 않습니다." in folds_markdown(cross_validation(same, NAMES))
