from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from storyflower.evaluation.label_errors import MOST_ROWS, write_label_errors
from storyflower.evaluation.predictions import prediction_frame

NAMES = ("기쁨", "슬픔", "분노")


def test_the_surest_mistakes_come_first(examples: pd.DataFrame, probabilities: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "label_errors.xlsx"
    write_label_errors(path, prediction_frame(examples, probabilities, NAMES))
    sheet = openpyxl.load_workbook(path).active
    heading, *rows = sheet.iter_rows(values_only=True)
    assert heading[2:4] == ("행", "문장")
    assert [row[2:] for row in rows] == [
        (13, "짜증 나", "분노", "슬픔", 0.7, None),
        (3, "속상해", "슬픔", "기쁨", 0.5, None),
        (5, "화가 나", "분노", "슬픔", 0.5, None),
    ]
    assert rows[0][:2] == ("ab" * 32, "Sheet1")


def test_texts_are_never_formulas(examples: pd.DataFrame, probabilities: np.ndarray, tmp_path: Path) -> None:
    hostile = '=HYPERLINK("http://x","눌러")'
    examples["text"] = [hostile, "+1", "-1", "@x", "보통\x07"]
    table = prediction_frame(examples, 1 - probabilities[:, [0, 2, 1]], NAMES).assign(correct=False)
    write_label_errors(tmp_path / "label_errors.xlsx", table)
    cells = [row[3] for row in openpyxl.load_workbook(tmp_path / "label_errors.xlsx").active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value for cell in cells} == {hostile, "+1", "-1", "@x", "보통"}
    assert {cell.quotePrefix for cell in cells if cell.value != "보통"} == {True}


def test_no_more_than_a_person_reads_and_none_where_none_is_wrong(examples: pd.DataFrame, tmp_path: Path) -> None:
    many = pd.concat([examples] * 100, ignore_index=True)
    all_wrong = np.eye(3)[(many["label"] + 1) % 3]
    for answers, rows in ((all_wrong, MOST_ROWS), (np.eye(3)[many["label"]], 0)):
        write_label_errors(tmp_path / "label_errors.xlsx", prediction_frame(many, answers, NAMES))
        assert openpyxl.load_workbook(tmp_path / "label_errors.xlsx").active.max_row == rows + 1
