from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from storyflower.data import repair_report
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.filled_report import parsed_report
from storyflower.data.labels import MAJORS
from storyflower.data.rejected import joined_reasons, set_aside, write_rejected
from storyflower.data.schema import CheckedWorkbook
from storyflower.data.workbook import read_workbook
from storyflower.messages import say, speaking
from storyflower.recipe_data import DataRecipe

Check = Callable[..., CheckedWorkbook]
CELLS = ("사람문장1", "사람문장2", "감정_대분류", "연령", "성별", "상황키워드")
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
    checked = check([("기뿜", "둘"), (None, "셋")])
    write_rejected(path, rows_of(checked), DataRecipe())
    sheet = openpyxl.load_workbook(path)["제외된 행"]
    table = list(sheet.iter_rows(values_only=True))
    assert table[0][:8] == ("통합 문서", "시트", "행", "열", "값", "사유", "추천 값", "고친 값")
    assert table[0][8:] == (*CELLS, "통합 문서 SHA-256")
    place = (checked.workbook.location, "Sheet1", 2, "감정_대분류")
    assert table[1][:8] == (*place, "기뿜", "목록에 없는 감정", "기쁨", None)
    assert table[1][8:] == ("둘", None, "기뿜", "청년", None, None, checked.workbook.sha256)
    assert table[2][2:8] == (3, "감정_대분류", None, "감정이 비어 있음", None, None)
    assert sheet.freeze_panes == "A2"
    assert (sheet["E2"].fill.fgColor.rgb, sheet["H2"].fill.fgColor.rgb) == ("FFFFC7CE", "FFFFF2CC")
    assert "storyflower mend" in sheet["H1"].comment.text
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


def test_lines_about_labels_come_first_and_have_a_drop_down(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write_rejected(path, rows_of(check([("기쁨", None), ("황당", "둘"), (None, None)])), DataRecipe())
    book = openpyxl.load_workbook(path)
    report, labels = book.worksheets
    (choice,) = report.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("H2", "'storyflower'!$A$1:$A$6")
    assert [row[2:6] for row in report.iter_rows(min_row=2, values_only=True)] == [
        (3, "감정_대분류", "황당", "목록에 없는 감정"),
        (2, "사람문장1", None, "문장이 없음"),
        (4, "사람문장1", None, "문장이 없음"),
    ]
    assert labels.sheet_state == "hidden"
    assert [cell.value for cell in labels["A"]] == list(MAJORS)
    assert labels["B1"].value == "감정_대분류"


def test_a_row_with_a_wrong_label_and_no_text_has_two_lines(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([("황당", None)])).assign(reason="no_text,unknown_label")
    write_rejected(tmp_path / "out.xlsx", rows, DataRecipe())
    table = list(openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].values)
    assert [row[3] for row in table[1:]] == ["감정_대분류", "사람문장1"]


def test_a_formula_is_named_by_the_cell_it_stands_in(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write_rejected(path, rows_of(check([("기쁨", "하나", "=TRIM(A1)"), ("=A1", "둘"), ("=B1", "=B2")])), DataRecipe())
    table = list(openpyxl.load_workbook(path).worksheets[0].values)
    assert [row[2:5] for row in table[1:]] == [
        (3, "감정_대분류", "=A1"),
        (4, "감정_대분류", "=B1"),
        (2, "사람문장2", "=TRIM(A1)"),
        (4, "사람문장1", "=B2"),
    ]
    assert {row[5] for row in table[1:]} == {say("formula_without_value")}


def test_a_fine_label_is_one_line_for_its_two_cells(check: Check, tmp_path: Path) -> None:
    recipe = DataRecipe(label_set="fine")
    checked = check([("분노", "하나", None, "툴툴데는"), ("슬픔", "둘", None, None)], recipe)
    write_rejected(tmp_path / "out.xlsx", rows_of(checked), recipe)
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    table = list(book.worksheets[0].values)
    assert [row[3:5] for row in table[1:]] == [
        ("감정_대분류/감정_소분류", "분노/툴툴데는"),
        ("감정_대분류/감정_소분류", "슬픔/"),
    ]
    assert [row[6] for row in table[1:]] == ["분노/툴툴대는", None]
    assert book.worksheets[0].data_validations.dataValidation[0].formula1 == "'storyflower'!$A$1:$A$60"


def test_a_column_names_the_place_of_the_same_text(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([("황당", "둘"), (None, "셋")]))
    same = pd.Series(["a.xlsx [Sheet1] 7", None], dtype="str")
    write_rejected(tmp_path / "out.xlsx", rows.assign(same_text_at=same), DataRecipe())
    table = list(openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].values)
    place = table[0].index("같은 문장이 있는 곳 (통합 문서 [시트] 행)")
    assert [row[place] for row in table[1:]] == ["a.xlsx [Sheet1] 7", None]


def test_the_export_in_english(check: Check, tmp_path: Path) -> None:
    with speaking("en"):
        write_rejected(tmp_path / "out.xlsx", rows_of(check([(None, None)])), DataRecipe())
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    table = list(sheet.values)
    assert table[0][:6] == ("workbook", "sheet", "row", "column", "value", "reason")
    assert table[0][6:8] == ("suggested value", "mended value")
    assert table[1][5] == "no text"
    assert "Copy the suggested value" in sheet["H1"].comment.text


def test_no_text_becomes_a_formula_and_none_is_altered(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([("황당", "x") for _ in DANGEROUS])).assign(사람문장1=DANGEROUS, 감정_대분류="=1+1")
    path = tmp_path / "out.xlsx"
    write_rejected(path, rows, DataRecipe())
    sheet = openpyxl.load_workbook(path).worksheets[0]
    cells = [row[8] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in (*cells, *sheet["E"][1:])} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [True] * 5 + [False] * 3
    recipe = DataRecipe(text_columns=("사람문장1",), max_rejected_share=1)
    assert read_workbook(str(path), recipe, tmp_path).frame["사람문장1"].tolist() == list(DANGEROUS)


def test_what_xml_cannot_hold_is_left_out(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([("황당", "x")])).assign(사람문장1="앞\x00\x1b뒤")
    write_rejected(tmp_path / "out.xlsx", rows, DataRecipe())
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]["I2"].value == "앞뒤"


def test_the_export_can_be_read_as_a_workbook(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write_rejected(path, rows_of(check([("황당", "둘")])), DataRecipe())
    again = read_workbook(str(path), DataRecipe(), tmp_path)
    assert (again.release, again.frame["감정_대분류"].tolist()) == ("custom", ["황당"])


def test_an_empty_list_is_a_workbook_too(check: Check, tmp_path: Path) -> None:
    write_rejected(tmp_path / "out.xlsx", rows_of(check([("기쁨", "하나")])), DataRecipe())
    assert len(list(openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].values)) == 1


def test_a_failed_export_leaves_nothing_behind(check: Check, tmp_path: Path) -> None:
    rows = rows_of(check([(None, "하나")]))
    taken = tmp_path / "folder" / "out.xlsx"
    taken.mkdir(parents=True)
    with pytest.raises(OSError, match=r"out\.xlsx"):
        write_rejected(taken, rows, DataRecipe())
    assert list(taken.parent.iterdir()) == [taken]


def test_reasons_of_a_row_are_joined_once_each() -> None:
    reasons = joined_reasons([(4, "no_text"), (2, "duplicate"), (4, "no_label"), (4, "no_text")])
    assert reasons.to_dict() == {4: "no_text,no_label", 2: "duplicate"}


def test_what_a_sheet_cannot_hold_is_on_further_sheets(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair_report, "_LINES_OF_A_SHEET", 2)
    path, rows = tmp_path / "out.xlsx", [(None, "하나"), ("황당", "둘"), ("기쁨", None), ("상쾌", "넷"), ("슬픔", None)]
    write_rejected(path, rows_of(check(rows)), DataRecipe())
    sheets = openpyxl.load_workbook(path).worksheets[:-1]
    assert [sheet.max_row for sheet in sheets] == [3, 3, 2]
    assert len({tuple(cell.value for cell in sheet[1]) for sheet in sheets}) == 1  # the headings
    offered = [str(sheet.data_validations.dataValidation[0].sqref) for sheet in sheets[:2]]
    assert offered == ["H2:H3", "H2"]
    found = parsed_report(FetchedFile("out.xlsx", path.read_bytes(), ""))
    assert [line.excel_row for line in found.lines] == [2, 3, 5, 4, 6]
