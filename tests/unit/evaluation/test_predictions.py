import numpy as np
import pandas as pd
import pytest

from storyflower.evaluation.predictions import Confusion, prediction_frame, worst_confusions

NAMES = ("기쁨", "슬픔", "분노")


def test_every_row_can_be_followed_back_to_its_workbook(examples: pd.DataFrame, probabilities: np.ndarray) -> None:
    table = prediction_frame(examples, probabilities, NAMES)
    assert list(table) == [
        *("workbook_sha256", "sheet", "excel_row", "text", "label", "predicted", "confidence", "correct"),
        *("p_기쁨", "p_슬픔", "p_분노"),
    ]
    assert table["excel_row"].tolist() == examples["excel_row"].tolist()
    assert table["label"].tolist() == ["기쁨", "슬픔", "분노", "기쁨", "분노"]
    assert table["predicted"].tolist() == ["기쁨", "기쁨", "슬픔", "기쁨", "슬픔"]
    assert table["correct"].tolist() == [True, False, False, True, False]
    assert table["confidence"].tolist() == [0.8, 0.5, 0.5, 0.6, 0.7]
    assert np.array_equal(table[[f"p_{name}" for name in NAMES]].to_numpy(), probabilities)


def test_it_survives_parquet(examples: pd.DataFrame, probabilities: np.ndarray, tmp_path) -> None:
    table = prediction_frame(examples, probabilities.astype(np.float32), NAMES)
    table.to_parquet(tmp_path / "predictions.parquet", index=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "predictions.parquet"), table)


def test_probabilities_of_other_rows_are_refused(examples: pd.DataFrame, probabilities: np.ndarray) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        prediction_frame(examples.head(4), probabilities, NAMES)


def test_the_most_frequent_confusion_comes_first_with_its_most_confident_texts(
    examples: pd.DataFrame, probabilities: np.ndarray
) -> None:
    table = prediction_frame(examples, probabilities, NAMES)
    assert worst_confusions(table) == [
        Confusion("분노", "슬픔", 2, 1.0, ("짜증 나", "화가 나")),
        Confusion("슬픔", "기쁨", 1, 1.0, ("속상해",)),
    ]
    assert worst_confusions(table, pairs=1, examples=1) == [Confusion("분노", "슬픔", 2, 1.0, ("짜증 나",))]


def test_without_mistakes_there_are_no_confusions(examples: pd.DataFrame) -> None:
    right = np.eye(3)[examples["label"]]
    assert worst_confusions(prediction_frame(examples, right, NAMES)) == []
