from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from storyflower.data.rejected import joined_reasons, set_aside, write_rejected
from storyflower.data.schema import CheckedWorkbook
from storyflower.data.workbook import read_workbook
from storyflower.recipe_parts import DataRecipe

Check = Callable[..., CheckedWorkbook]
DANGEROUS = ("=HYPERLINK('x')", "+1+1", "-2", "@SUM(A1)", "=1", "_x0041_는 그대로", "  앞뒤 공백  ", "'따옴표")


def rows_of(checked: CheckedWorkbook) -> pd.DataFrame:
    return set_aside(checked, checked.rejected.set_index("excel_row")["reason"])


def test_rows_keep_their_origin_and_their_cells(check: Check) -> None:
    checked = check([("기쁨", "하나"), ("황당 ", " 둘\u00a0", "셋"), (None, "넷")])
    rows = rows_of(checked)
    assert rows.drop(columns=["성별", "상황키워드"]).to_dict("records")[0] == {
        "workbook": checked.workbook.location,
        "workbook_sha256": checked.workbook.sha256,
        "sheet": "Sheet1",
        "excel_row": 3,
        "reason": "unknown_label",
        "사람문장1": " 둘\u00a0",
        "사람문장2": "셋",
        "감정_대분류": "황당 ",
        "연령": "청년",
    }
    assert rows[["성별", "상황키워드"]].isna().all(axis=None)
    assert rows["excel_row"].tolist() == [3, 4]


def test_a_person_can_read_the_export(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "제외.xlsx"
    write_rejected(path, rows_of(check([("황당", "둘"), (None, "셋")])))
    sheet = openpyxl.load_workbook(path)["제외된 행"]
    table = list(sheet.iter_rows(values_only=True))
    assert table[0][:7] == ("통합 문서", "시트", "행", "사유", "사람문장1", "사람문장2", "감정_대분류")
    assert table[0][7:] == ("연령", "성별", "상황키워드")
    assert table[1][1:] == ("Sheet1", 2, "목록에 없는 감정", "둘", None, "황당", "청년", None, None)
    assert table[2][3] == "감정이 비어 있음"
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["E"].width == 40
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


def test_where_the_same_text_stands_is_told_beside_the_reason(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([("황당", "둘"), (None, "셋")]))
    same = pd.Series(["a.xlsx [Sheet1] 7", None], dtype="str")
    write_rejected(tmp_path / "out.xlsx", rows.assign(same_text_at=same))
    table = list(openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].values)
    assert [row[3:6] for row in table] == [
        ("사유", "같은 문장이 있는 곳 (통합 문서 [시트] 행)", "사람문장1"),
        ("목록에 없는 감정", "a.xlsx [Sheet1] 7", "둘"),
        ("감정이 비어 있음", None, "셋"),
    ]


def test_the_export_in_english(check: Check, tmp_path: Path) -> None:
    write_rejected(tmp_path / "out.xlsx", rows_of(check([(None, None)])), "en")
    table = list(openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].values)
    assert table[0][:4] == ("workbook", "sheet", "row", "reason")
    assert table[1][3] == "no text"


def test_no_text_becomes_a_formula_and_none_is_altered(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([("황당", "x") for _ in DANGEROUS])).assign(사람문장1=DANGEROUS)
    path = tmp_path / "out.xlsx"
    write_rejected(path, rows)
    cells = [row[4] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [True] * 5 + [False] * 3
    recipe = DataRecipe(text_columns=("사람문장1",), max_rejected_share=1)
    assert read_workbook(str(path), recipe, tmp_path).frame["사람문장1"].tolist() == list(DANGEROUS)


def test_what_xml_cannot_hold_is_left_out(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([("황당", "x")])).assign(사람문장1="앞\x00\x1b뒤")
    write_rejected(tmp_path / "out.xlsx", rows)
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]["E2"].value == "앞뒤"


def test_the_mended_export_can_be_read_again(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write_rejected(path, rows_of(check([("황당", "둘")])))
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["G2"].value = "당황"
    book.save(path)
    again = read_workbook(str(path), DataRecipe(), tmp_path)
    assert (again.release, again.frame["감정_대분류"].tolist()) == ("custom", ["당황"])


def test_an_empty_list_is_a_workbook_too(check: Check, tmp_path: Path) -> None:
    write_rejected(tmp_path / "out.xlsx", rows_of(check([("기쁨", "하나")])))
    assert len(list(openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].values)) == 1


def test_a_failed_export_leaves_nothing_behind(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([(None, "하나")]))
    taken = tmp_path / "folder" / "out.xlsx"
    taken.mkdir(parents=True)
    with pytest.raises(OSError, match=r"out\.xlsx"):
        write_rejected(taken, rows)
    assert list(taken.parent.iterdir()) == [taken]


def test_reasons_of_a_row_are_joined_once_each() -> None:
    reasons = joined_reasons([(4, "no_text"), (2, "duplicate"), (4, "no_label"), (4, "no_text")])
    assert reasons.to_dict() == {4: "no_text,no_label", 2: "duplicate"}
