"""The collection of workbooks as people keep them: each is read rightly, or refused with what to do."""

from pathlib import Path

import pytest

from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe

READ = {  # name: (sheet, first and last row, repairs that are not zero, notes)
    "good.xlsx": ("Sheet1", (2, 61), {}, 0),
    "merged_labels.xlsx": ("Sheet", (2, 61), {"merged_labels": 54}, 0),
    "title_row.xlsx": ("Sheet", (4, 63), {}, 1),
    "notes_sheet_first.xlsx": ("데이터", (2, 61), {}, 1),
    "hidden_sheet_first.xlsx": ("데이터", (2, 61), {}, 1),
    "spaced_header.xlsx": ("Sheet1", (2, 61), {}, 3),
    "cp949.csv": ("CSV", (2, 61), {}, 0),
}


def checked_workbook(path: Path, downloads: Path) -> CheckedWorkbook:
    recipe = DataRecipe()
    return validate(read_workbook(str(path), recipe, downloads), recipe)


@pytest.mark.parametrize("name", READ)
def test_the_same_rows_whatever_the_form(shared: Path, tmp_path: Path, name: str) -> None:
    good, checked = (checked_workbook(shared / "cases" / file, tmp_path) for file in ("good.xlsx", name))
    sheet, (first, last), repairs, notes = READ[name]
    assert checked.workbook.sheet == sheet
    assert checked.counts == good.counts | repairs
    assert checked.usable["excel_row"].tolist() == list(range(first, last + 1))
    assert len(checked.workbook.notes) == notes
    columns = ["text", "label", "age", "gender", "situation"]
    rows, expected = (each.usable[columns].sort_values("text", ignore_index=True) for each in (checked, good))
    assert rows.equals(expected)


def test_label_codes(shared: Path, tmp_path: Path) -> None:
    checked = checked_workbook(shared / "cases" / "label_codes.xlsx", tmp_path)
    assert (checked.counts["usable"], checked.counts["label_codes"]) == (60, 60)
    assert checked.usable["label"].tolist() == ["분노", "슬픔", "불안", "상처", "당황", "기쁨"] * 10


def test_the_json_release(shared: Path, tmp_path: Path) -> None:
    checked = checked_workbook(shared / "cases" / "aihub_release.json", tmp_path)
    assert checked.usable["label"].tolist() == ["분노", "슬픔", "불안", "상처", "당황", "기쁨"]
    assert checked.usable["text"][0] == "약속을 또 어겨서 정말 짜증이 나. 지금도 그 생각뿐이야."


def test_garbled_text(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r"글자가 깨져 있습니다(.|\n)*원본 CSV를 그대로 지정하세요"):
        checked_workbook(shared / "cases" / "csv_saved_by_excel.xlsx", tmp_path)


def test_formulas_without_a_value_are_named(shared: Path, tmp_path: Path) -> None:
    checked = checked_workbook(shared / "cases" / "formula_without_value.xlsx", tmp_path)
    assert (checked.counts["usable"], checked.counts["formula_without_value"]) == (0, 60)
    assert checked.violations["value"][0] == '=TRIM("기쁨 ")'
