"""Workbooks as people keep them: notes before the data, titles above the header, headers spelled otherwise."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import openpyxl.chart
import pytest

from storyflower.data.choice import SHEETS_SEARCHED
from storyflower.data.workbook import Workbook, read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe

WriteSheet = Callable[..., Path]
OWN = DataRecipe(text_columns=("text",), label_column="label", label_set=("a", "b"))
DATA = [["text", "label"], ["가", "a"], ["나", "b"]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")


def read(path: Path, recipe: DataRecipe = OWN) -> Workbook:
    return read_workbook(str(path), recipe, path.parent / "downloads")


def write_sheets(path: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if title in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


def test_the_only_sheet_with_the_columns_is_read_and_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "storyflower")
    path = write_sheets(tmp_path / "a.xlsx", {"읽어보기": [["메모"]], "표": DATA}, hidden=("읽어보기",))
    book = read(path)
    assert (book.sheet, book.frame["text"].tolist()) == ("표", ["가", "나"])
    note = "Instead of the first sheet, '읽어보기', '표' was read, which holds the needed columns."
    assert list(map(str, book.notes)) == [note]
    assert note in caplog.text


def test_several_sheets_with_the_columns_need_a_choice(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"메모": [["x"]], "1월": DATA, "2 월": DATA})
    with pytest.raises(WorkbookError, match=r"several sheets hold the needed columns: 1월, 2 월") as several:
        read(path)
    assert several.value.remedy.endswith("--set sheet=1월, --set 'sheet=2 월'")
    named = DataRecipe(sheet="2 월", text_columns=("text",), label_column="label")
    assert read(path, named).sheet == "2 월"


def test_a_sheet_beyond_those_searched_is_read_by_its_name(tmp_path: Path) -> None:
    notes = {f"메모{number}": [["x"]] for number in range(SHEETS_SEARCHED)}
    path = write_sheets(tmp_path / "a.xlsx", {**notes, "자료": DATA})
    with pytest.raises(WorkbookError, match="needed columns are missing") as missing:
        read(path)
    assert "Of 101 sheets only the first 100 were searched" in missing.value.remedy
    assert read(path, replace(OWN, sheet="자료")).frame["text"].tolist() == ["가", "나"]


def test_the_first_sheet_is_read_and_the_others_with_its_columns_are_named(tmp_path: Path) -> None:
    sheets = {"1월": DATA, "2월": DATA, "메모": [["x"]], "양식": DATA[:1], "숨김": DATA[:-1]}
    book = read(write_sheets(tmp_path / "a.xlsx", sheets, hidden=("숨김",)))
    assert book.sheet == "1월"
    assert book.rows_left == {"2월": 2, "숨김": 1}
    assert list(map(str, book.notes)) == [
        "Only the sheet '1월' was read. Other sheets with the same columns, not read (rows): 2월 (2), 숨김 (1)."
    ]


def test_a_hidden_or_empty_form_gives_way_to_the_data(tmp_path: Path) -> None:
    hidden = read(write_sheets(tmp_path / "a.xlsx", {"전": DATA, "표": DATA}, hidden=("전",)))
    assert (hidden.sheet, hidden.rows_left) == ("표", {"전": 2})
    assert read(write_sheets(tmp_path / "b.xlsx", {"양식": DATA[:1], "표": DATA})).sheet == "표"
    assert read(write_sheets(tmp_path / "c.xlsx", {"표": DATA, "메모": [["x"]]}, hidden=("표",))).sheet == "표"


def test_a_named_sheet_without_the_columns_leads_to_the_one_that_has_them(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"메모": [["x"]], "내 표": DATA})
    named = DataRecipe(sheet="메모", text_columns=("text",), label_column="label")
    with pytest.raises(WorkbookError, match=r"Other sheets hold the needed columns: 내 표\..*--set 'sheet=내 표'"):
        read(path, named)


def test_of_sheets_without_the_columns_the_nearest_is_named(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"메모": [["x"]], "표": [["제목", None], ["text", "labels"], ["가", "a"]]})
    with pytest.raises(WorkbookError, match=r"\[표\]: needed columns are missing: label\. Columns found: text, labels"):
        read(path)


def test_a_title_above_the_header(write_sheet: WriteSheet) -> None:
    book = read(write_sheet([["상담 기록"], [], [None, "작성자: 팀"], *DATA]))
    assert book.frame["excel_row"].tolist() == [5, 6]
    assert list(map(str, book.notes)) == ["The header stands in row 4; the rows above it were not read."]


def test_a_header_far_below_is_not_looked_for(write_sheet: WriteSheet) -> None:
    assert read(write_sheet([*[["메모"]] * 19, *DATA])).frame["excel_row"].tolist() == [21, 22]
    with pytest.raises(WorkbookError, match="needed columns are missing: text, label"):
        read(write_sheet([*[["메모"]] * 20, *DATA]))


def test_two_rows_that_could_be_the_header(write_sheet: WriteSheet) -> None:
    with pytest.raises(WorkbookError, match=r"several rows could be the header: 2, 5"):
        read(write_sheet([["상담 기록"], *DATA, *DATA]))


@pytest.mark.parametrize("title", ["감정 대분류", "감정대분류", " 감정_대분류", "감정＿대분류", "감정__대분류"])
def test_a_header_in_another_spelling(write_sheet: WriteSheet, title: str) -> None:
    header = ["감정_소분류", title, "사람문장 1", "사람문장２", "연 령"]
    book = read(write_sheet([header, ["신이 난", "기쁨", "가", "나", "청년"]]), DataRecipe())
    assert book.frame.to_dict("list") == {
        **{"사람문장1": ["가"], "사람문장2": ["나"], "감정_대분류": ["기쁨"], "연령": ["청년"]},
        "excel_row": [2],
    }
    assert "The column '사람문장 1' was read as '사람문장1'." in map(str, book.notes)


def test_an_exact_title_wins_over_other_spellings_and_several_of_those_are_refused(write_sheet: WriteSheet) -> None:
    assert read(write_sheet([["Text", "text", "label"], ["나", "가", "a"]])).frame["text"].tolist() == ["가"]
    with pytest.raises(WorkbookError, match=r"'text' stands there more than once \(A, B\)"):
        read(write_sheet([["Text", "TEXT", "label"], ["나", "가", "a"]]))


@pytest.mark.parametrize(("wrong", "right"), [("cp949", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "cp949")])
def test_garbled_text_is_recognised(write_sheet: WriteSheet, wrong: str, right: str) -> None:
    titles = ["감정_대분류", "사람문장1", "사람문장2"]
    garbled = [title.encode(right).decode(wrong, "replace") for title in titles]
    assert garbled != titles
    with pytest.raises(WorkbookError, match=r"the text is garbled(.|\n)*Give the original CSV file itself"):
        read(write_sheet([[title.replace("\x80", "") for title in garbled], ["x", "y", "z"]]), DataRecipe())


def test_a_sheet_that_is_a_chart_is_no_table(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"메모": [["x"]], "표": DATA})
    book = openpyxl.load_workbook(path)
    for place in (0, 2):
        book.create_chartsheet(f"차트{place}", place).add_chart(openpyxl.chart.BarChart())
    book.save(path)
    assert read(path).sheet == "표"
    assert read(path, DataRecipe(sheet="표", text_columns=("text",), label_column="label")).sheet == "표"
