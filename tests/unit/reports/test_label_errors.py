from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from storyflower.data.repair_report import LabelField
from storyflower.evaluation.predictions import MOST_ERRORS, prediction_frame
from storyflower.messages import speaking
from storyflower.reports.label_errors import LabelOrigin, write_label_errors

NAMES = ("기쁨", "슬픔", "분노")


@pytest.fixture
def origin() -> LabelOrigin:
    return LabelOrigin(LabelField(("감정_대분류",), NAMES), {"ab" * 32: "폴더/a.xlsx"})


def test_the_most_confident_mistakes_come_first(
    examples: pd.DataFrame, probabilities: np.ndarray, origin: LabelOrigin, tmp_path: Path
) -> None:
    path = tmp_path / "label_errors.xlsx"
    write_label_errors(path, prediction_frame(examples, probabilities, NAMES), origin)
    report = openpyxl.load_workbook(path)
    heading, *rows = report["감정 확인"].iter_rows(values_only=True)
    assert heading[:5] == ("통합 문서", "시트", "행", "열", "값")
    assert heading[5:] == ("사유", "추천 값", "고친 값", "문장", "확신도", "통합 문서 SHA-256")
    assert [(row[2], row[4], *row[6:10]) for row in rows] == [
        (13, "분노", "슬픔", None, "짜증 나", 0.7),
        (3, "슬픔", "기쁨", None, "속상해", 0.5),
        (5, "분노", "슬픔", None, "화가 나", 0.5),
    ]
    assert {(row[0], row[1], row[3], row[10]) for row in rows} == {("폴더/a.xlsx", "Sheet1", "감정_대분류", "ab" * 32)}
    assert str(report["감정 확인"].data_validations.dataValidation[0].sqref) == "H2:H4"


def test_the_list_in_english(
    examples: pd.DataFrame, probabilities: np.ndarray, origin: LabelOrigin, tmp_path: Path
) -> None:
    with speaking("en"):
        write_label_errors(tmp_path / "out.xlsx", prediction_frame(examples, probabilities, NAMES), origin)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["labels to look at"]
    headings = [cell.value for cell in sheet[1]]
    assert headings[5:10] == ["reason", "suggested value", "mended value", "text", "confidence"]
    assert sheet["F2"].value == "the model is sure of another label"


def test_texts_are_never_formulas(
    examples: pd.DataFrame, probabilities: np.ndarray, origin: LabelOrigin, tmp_path: Path
) -> None:
    hostile = '=HYPERLINK("http://x","눌러")'
    examples["text"] = [hostile, "+1", "-1", "@x", "보통\x07"]
    table = prediction_frame(examples, 1 - probabilities[:, [0, 2, 1]], NAMES).assign(correct=False)
    write_label_errors(tmp_path / "label_errors.xlsx", table, origin)
    cells = [row[8] for row in openpyxl.load_workbook(tmp_path / "label_errors.xlsx").active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value for cell in cells} == {hostile, "+1", "-1", "@x", "보통"}
    assert {cell.quotePrefix for cell in cells if cell.value != "보통"} == {True}


def test_no_more_than_a_person_reads_and_none_where_none_is_wrong(
    examples: pd.DataFrame, origin: LabelOrigin, tmp_path: Path
) -> None:
    many = pd.concat([examples] * 100, ignore_index=True)
    all_wrong = np.eye(3)[(many["label"] + 1) % 3]
    for answers, rows in ((all_wrong, MOST_ERRORS), (np.eye(3)[many["label"]], 0)):
        write_label_errors(tmp_path / "label_errors.xlsx", prediction_frame(many, answers, NAMES), origin)
        assert openpyxl.load_workbook(tmp_path / "label_errors.xlsx").active.max_row == rows + 1
