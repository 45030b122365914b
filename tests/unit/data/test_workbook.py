import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import fsspec
import openpyxl
import pytest

from storyflower.data.workbook import Workbook, read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe

WriteSheet = WriteDialogues = Callable[..., Path]

OWN = DataRecipe(text_columns=("text",), label_column="label", label_set=("a", "b"))


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")


def read(path: Path, recipe: DataRecipe = OWN) -> Workbook:
    return read_workbook(str(path), recipe, path.parent / "downloads")


def test_current_release(write_dialogues: WriteDialogues) -> None:
    path = write_dialogues([("기쁨 ", "안녕", "잘 지내"), ("슬픔", "그래")])
    book = read(path, DataRecipe())
    assert (book.release, book.sheet, book.location) == ("current", "Sheet1", str(path))
    assert book.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert book.columns == ["사람문장1", "사람문장2", "감정_대분류", "연령", "성별", "상황키워드"]
    assert book.frame["감정_대분류"].tolist() == ["기쁨 ", "슬픔"]
    assert book.frame["excel_row"].tolist() == [2, 3]
    assert book.frame.isna()["사람문장2"].tolist() == [False, True]


def test_old_release(write_dialogues: WriteDialogues) -> None:
    book = read(write_dialogues([("기쁨", "안녕", "잘 지내")], release="old"), DataRecipe())
    assert book.release == "old"
    assert book.frame["사람문장2"].tolist() == ["잘 지내"]


def test_a_blank_first_header_alone_is_the_current_release(write_sheet: WriteSheet) -> None:
    path = write_sheet([[None, "감정_대분류", "사람문장1", "사람문장2"], [1, "기쁨", "가", "나"]])
    assert read(path, DataRecipe()).release == "current"


def test_own_columns_in_any_order(write_sheet: WriteSheet) -> None:
    book = read(write_sheet([["x", "label", "y", "text"], [1, "a", 2, "hello"]]))
    assert book.release == "custom"
    assert book.frame.to_dict("list") == {"text": ["hello"], "label": ["a"], "excel_row": [2]}


def test_fine_labels_need_the_minor_column(write_dialogues: WriteDialogues) -> None:
    path = write_dialogues([("기쁨", "안녕", "그래", "신이 난")])
    assert "감정_소분류" not in read(path, DataRecipe()).columns
    assert read(path, DataRecipe(label_set="fine")).frame["감정_소분류"].tolist() == ["신이 난"]


def test_headers_are_found_whatever_their_blanks_and_unicode_form(write_sheet: WriteSheet) -> None:
    path = write_sheet([["\u1110\u1166\u11a8\u1109\u1173\u1110\u1173 ", "\u00a0label"], ["가", "a"]])  # 텍스트 in NFD
    book = read(path, DataRecipe(text_columns=("텍스트",), label_column="label", label_set=("a", "b")))
    assert book.columns == ["텍스트", "label"]


def test_excel_rows_are_exact(write_sheet: WriteSheet) -> None:
    rows = [
        [],
        [],
        [None, "text", "label"],
        [None, "가", "a"],
        [],
        [None, " \u00a0", None],
        [None, "나", "b"],
        [],
        [None, " "],
    ]
    book = read(write_sheet(rows))
    assert book.frame["text"].tolist() == ["가", "나"]
    assert book.frame["excel_row"].tolist() == [4, 7]


def test_a_row_that_is_filled_elsewhere_is_a_row(write_sheet: WriteSheet) -> None:
    book = read(
        write_sheet([["no", "text", "label"], [1, "가", "a"], [2, None, None], [None, None, None], [3, "나", "b"]])
    )
    assert book.frame["excel_row"].tolist() == [2, 3, 5]
    assert book.frame["text"].isna().tolist() == [False, True, False]


def test_numbers_dates_and_booleans_become_text(write_sheet: WriteSheet) -> None:
    day, noon, moment = dt.date(2026, 3, 1), dt.time(12, 30), dt.datetime(2026, 3, 1, 9, 5)
    values = [12, 12.5, 0.1 + 0.2, True, day, noon, moment, "2026 ", -3]
    book = read(write_sheet([["text", "label"], *([value, "a"] for value in values)]))
    assert book.frame["text"].tolist() == [
        *("12", "12.5", "0.3", "true", "2026-03-01", "12:30:00", "2026-03-01 09:05:00", "2026 ", "-3"),
    ]


def with_cell(path: Path, place: str, xml: str) -> Path:
    """Replaces a cell of the sheet's XML: openpyxl writes neither cached values nor errors."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    start = sheet.index(f'<c r="{place}"')
    end = sheet.index("</c>", start) + len("</c>")
    parts["xl/worksheets/sheet1.xml"] = (sheet[:start] + xml + sheet[end:]).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_formula_gives_its_cached_value_or_its_error(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "label"], ["one", "a"], ["two", "b"], ["three", "a"]])
    with_cell(path, "A2", '<c r="A2" t="str"><f>"하"&amp;"나"</f><v>하나</v></c>')
    with_cell(path, "A3", '<c r="A3"><f>1+1</f><v>2</v></c>')
    with_cell(path, "A4", '<c r="A4" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
    book = read(path)
    assert book.frame["text"].tolist() == ["하나", "2", "#DIV/0!"]
    assert book.formula_rows == ()


def test_the_sheet_option(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "표지"
    second = book.create_sheet("자료 ")
    second.append(["text", "label"])
    second.append(["가", "a"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    named = DataRecipe(sheet="자료", text_columns=("text",), label_column="label")
    assert read(path, named).sheet == "자료 "
    with pytest.raises(WorkbookError, match=r"no sheet 'Sheet1'\.\n.*표지, 자료"):
        read(path, DataRecipe(sheet="Sheet1"))
    assert read(path).sheet == "자료 "
    with pytest.raises(WorkbookError, match=r"\[표지\]: the sheet is empty(.|\n)*표지, 자료"):
        read(path, DataRecipe(sheet="표지"))


def test_header_only(write_sheet: WriteSheet) -> None:
    with pytest.raises(WorkbookError, match="no row of data"):
        read(write_sheet([[], ["text", "label"], [], [" ", None]]))


def test_missing_columns_are_named_beside_those_found(write_sheet: WriteSheet) -> None:
    path = write_sheet([[None, "감정_소분류", "사람문장1", "사람문장3", "감정대분"], [1, "기쁨", "가", "나", "다"]])
    with pytest.raises(WorkbookError) as missing:
        read(path, DataRecipe())
    assert missing.value.where == f"{path} [Sheet1]"
    assert "사람문장2, 감정_대분류" in missing.value.problem
    assert "(blank), 감정_소분류, 사람문장1, 사람문장3, 감정대분" in missing.value.problem
    assert missing.value.remedy.count("Did you mean") == 1
    assert "Did you mean '감정대분' for '감정_대분류'?" in missing.value.remedy
    assert "--set 'text_columns=[\"text\"]' --set label_column=label" in missing.value.remedy


def test_a_needed_column_that_stands_there_twice(write_sheet: WriteSheet) -> None:
    path = write_sheet([[None, None, "text", "label", "text "], [None, None, "가", "a", "나"]])
    with pytest.raises(WorkbookError, match=r"'text' stands there more than once \(C, E\)"):
        read(path)
    assert read(write_sheet([["x", "text", "label", "x"], [1, "가", "a", 2]])).frame["text"].tolist() == ["가"]


def test_a_column_name_that_we_need_ourselves(write_sheet: WriteSheet) -> None:
    path = write_sheet([["reason", "label"], ["가", "a"]])
    with pytest.raises(WorkbookError, match="'reason' is StoryFlower's own"):
        read(path, DataRecipe(text_columns=("reason",), label_column="label", label_set=("a", "b")))


def test_not_found_and_folder(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="there is no such file"):
        read(tmp_path / "none.xlsx")
    with pytest.raises(WorkbookError, match="this is a folder"):
        read(tmp_path)


def test_a_csv_whatever_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_text("text,label\n가,a\n", "utf-8")
    assert read(path).frame.to_dict("list") == {"text": ["가"], "label": ["a"], "excel_row": [2]}


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])
def test_parts_that_are_no_xml(write_sheet: WriteSheet, part: str) -> None:
    path = write_sheet([["text", "label"], ["가", "a"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = b"<a><b"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(WorkbookError):
        read(path)


def test_a_workbook_whatever_its_suffix(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "label"], ["가", "a"]])
    renamed = path.rename(path.with_suffix(".xls"))
    assert read(renamed).frame["text"].tolist() == ["가"]


def test_the_size_limit_of_the_recipe(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "label"], *([f"{number}" * 300, "a"] for number in range(4000))])
    small = DataRecipe(text_columns=("text",), label_column="label", max_uncompressed_mb=1)
    with pytest.raises(WorkbookError, match="above the limit of 1 MB"):
        read(path, small)


def test_a_workbook_at_an_address(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["text", "label"])
    sheet.append(["가", "a"])
    file = io.BytesIO()
    book.save(file)
    with fsspec.open("memory://bucket/book.xlsx", "wb") as remote:
        remote.write(file.getvalue())
    read_back = read_workbook("memory://bucket/book.xlsx", OWN, tmp_path)
    assert read_back.location == "memory://bucket/book.xlsx"
    assert read_back.frame["text"].tolist() == ["가"]


def test_messages_are_korean_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORYFLOWER_LANG")
    with pytest.raises(WorkbookError, match="파일을 찾을 수 없습니다"):
        read(tmp_path / "없음.xlsx")
