"""Labels written once and merged downwards."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from storyflower.data.merged import MergedRange, filled_down
from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import read_workbook
from storyflower.recipe_data import DataRecipe

WriteSheet = Callable[..., Path]
ROWS = [
    ["사람문장1", "사람문장2", "감정_대분류", "감정_소분류", "연령"],
    *[[f"글{number}", None, None, None, None] for number in range(6)],
]


def checked_workbook(path: Path, recipe: DataRecipe) -> CheckedWorkbook:
    return validate(read_workbook(str(path), recipe, path.parent / "downloads"), recipe)


@pytest.fixture
def merged(write_sheet: WriteSheet) -> Path:
    """Labels in rows 2 to 3 and 5 to 7 merged, row 4 blank and not merged; the last range reaches beyond the data."""
    path = write_sheet(ROWS, title="자료")
    book = openpyxl.load_workbook(path)
    sheet = book["자료"]
    for place, value in {"C2": "기쁨", "D2": "신이 난", "C5": "E18", "E5": "청년", "F1": "비고", "F7": "x"}.items():
        sheet[place] = value
    for cells in ("C2:C3", "D2:D3", "C5:C9", "E5:E7", "A6:A7"):
        sheet.merge_cells(cells)
    book.save(path)
    return path


def test_a_merged_label_stands_in_all_rows_of_its_range_alone(merged: Path) -> None:
    checked = checked_workbook(merged, DataRecipe(max_rejected_share=1))
    assert dict(zip(checked.usable["excel_row"], checked.usable["label"], strict=True)) == {
        **{2: "기쁨", 3: "기쁨", 5: "분노", 6: "분노"}
    }
    assert checked.usable["age"].tolist()[2:] == ["청년", "청년"]
    assert (checked.counts["merged_labels"], checked.counts["label_codes"]) == (3, 3)
    assert checked.violations[["excel_row", "reason"]].values.tolist() == [[4, "no_label"], [7, "no_text"]]
    assert checked.counts["rows"] == 6


def test_merged_pairs_of_fine_labels(merged: Path) -> None:
    checked = checked_workbook(merged, DataRecipe(label_set="fine", max_rejected_share=1))
    assert checked.usable["label"].tolist()[:2] == ["기쁨/신이 난", "기쁨/신이 난"]


def test_a_sheet_is_found_whatever_the_order_of_the_parts(merged: Path) -> None:
    book = openpyxl.load_workbook(merged)
    book.create_sheet("메모", 0)
    book.save(merged)
    assert checked_workbook(merged, DataRecipe()).counts["merged_labels"] == 3


def test_of_ranges_that_overlap_the_upper_one_counts() -> None:
    rows = pd.Series([2, 3, 5, 6, 7])
    cells = pd.Series(["a", None, "b", None, None], dtype="str")
    ranges = [MergedRange("C", 5, 6), MergedRange("C", 2, 5), MergedRange("C", 4, 9), MergedRange("C", 7, 8)]
    assert filled_down(cells, ranges, rows).fillna("-").tolist() == ["a", "a", "b", "-", "-"]
    assert filled_down(cells, ranges[:1], rows).fillna("-").tolist() == ["a", "-", "b", "b", "-"]
