import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from storyflower.data.checked_files import load_checked, save_checked
from storyflower.data.formulas import failed, is_formula
from storyflower.data.rejected import set_aside, write_rejected
from storyflower.data.schema import CheckedWorkbook, validate
from storyflower.data.workbook import Workbook, read_workbook
from storyflower.errors import WorkbookError
from storyflower.recipe_data import DataRecipe

WriteSheet = Callable[..., Path]
Check = Callable[..., CheckedWorkbook]
OWN = DataRecipe(text_columns=("text", "more"), label_column="label", label_set=("a", "b"))


def read(path: Path) -> Workbook:
    return read_workbook(str(path), OWN, path.parent)


def with_sheet_xml(path: Path, change: Callable[[str], str]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = change(parts["xl/worksheets/sheet1.xml"].decode())
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "=TRIM(A2)",
            '=TRIM("기쁨 ")',
            "=A2",
            "='자 료'!$A$1:B2",
            "=자료!A1",
            "=표1[감정]",
            "=[1]Sheet1!A1",
            "=1+1",
            "=SUM(A:A)",
        ),
        *('=IF(A1>0,"가",B1&" "&C2)', '=_xlfn.TEXTJOIN(" ",TRUE,H2:I2)', "=#REF!+1", "={1,2}", "=(A1)"),
    ],
)
def test_formulas(cell: str) -> None:
    assert is_formula(cell)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "= 327덬 좋아",
            "= love you",
            "=_=",
            "=-_-",
            "==",
            "=>_<",
            "=ㅋㅋ(웃음)",
            "=)",
            "=B2 좋아",
            "=오늘, 좋다",
            "='따옴표",
        ),
        *('="열린', "=(좋아)", "=", "TRIM(A2)", "나 = 너", "= 3시야", "=*좋아*"),
    ],
)
def test_texts(cell: str) -> None:
    assert not is_formula(cell)


def test_errors() -> None:
    assert all(map(failed, ["#REF!", "#NAME?", "#N/A", "#DIV/0!", "#VALUE!", "#SPILL!", "Err:508"]))
    assert not any(map(failed, ["#사랑해", "#REF", "REF!", "#N/A 라니", "", "Err: 508"]))


def test_a_text_that_begins_with_an_equals_sign_is_read(write_sheet: WriteSheet) -> None:
    rows = [["text", "more", "label"], ["= 327덬 & 좋아 <3", None, "a"], ["가", "== 나", "b"], ["다", None, "a"]]
    book = read(write_sheet(rows))
    assert book.frame["text"].tolist() == ["= 327덬 & 좋아 <3", "가", "다"]
    assert book.frame["more"].fillna("").tolist() == ["", "== 나", ""]
    assert book.formula_rows == (2, 3)
    checked = validate(book, OWN)
    assert checked.usable["text"].tolist() == ["= 327덬 & 좋아 <3", "가 == 나", "다"]
    assert checked.counts["formula_text"] == 2


def test_pandas_writes_such_texts_as_formulas_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["=ㅅ= 졸려", "가"], "more": [None, None], "label": ["a", "b"]})
    frame.to_excel(tmp_path / "book.xlsx", index=False, sheet_name="시트")
    assert read(tmp_path / "book.xlsx").frame["text"].tolist() == ["=ㅅ= 졸려", "가"]


def test_xlsxwriter_stores_0_for_them(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "more", "label"], ["= 좋아", 0, "a"], ["=1-1", None, "b"]])
    with_sheet_xml(path, lambda sheet: sheet.replace("</f><v />", "</f><v>0</v>"))
    assert read(path).frame["text"].tolist() == ["= 좋아", "0"]


def test_rows_and_columns_of_nothing_but_formulas(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "label", "more"], ["가", "a"], ["= 나", "= 다", "= 라"]])
    frame = read(path).frame
    assert frame["excel_row"].tolist() == [2, 3]
    assert frame.loc[1, ["text", "label", "more"]].tolist() == ["= 나", "= 다", "= 라"]


def test_a_formula_that_gave_an_empty_text_is_blank(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "more", "label"], ['=IF(B2>0,1,"")', "나", "a"]])
    with_sheet_xml(
        path, lambda sheet: sheet.replace('<c r="A2"', '<c r="A2" t="str"').replace("</f><v />", "</f><v></v>")
    )
    assert read(path).frame["text"].isna().tolist() == [True]


def test_shared_formulas_and_namespaces(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "more", "label"], ["=TRIM(B2)", "나", "a"], ["=TRIM(B3)", "다", "a"]])

    def shared(sheet: str) -> str:
        sheet = sheet.replace("<f>TRIM(B2)</f>", '<f t="shared" ref="A2:A3" si="0">TRIM(B2)</f>')
        return sheet.replace("<f>TRIM(B3)</f>", '<f t="shared" si="0" />')

    with_sheet_xml(path, shared)
    assert read(path).frame["text"].tolist() == ["=TRIM(B2)"] * 2
    for name in ("worksheet", "sheetData", "row", "c", "f", "v", "is", "t"):
        with_sheet_xml(
            path, lambda sheet, name=name: sheet.replace(f"<{name}", f"<x:{name}").replace(f"</{name}", f"</x:{name}")
        )
    with_sheet_xml(path, lambda sheet: sheet.replace("xmlns=", "xmlns:x="))
    assert read(path).frame["text"].tolist() == ["=TRIM(B2)"] * 2


def test_each_failure_has_its_reason_and_value(write_sheet: WriteSheet, tmp_path: Path) -> None:
    rows = [
        ["text", "more", "label"],
        ["가", "#REF!", "a"],  # 2: half of the text is lost
        ["#NAME?", None, "a"],
        ["나", None, "#N/A"],
        ["=TRIM(C2)", None, "a"],
        ["다", None, '=TRIM("a ")'],
        [None, None, "a"],
        ["라", None, "b"],
    ]
    checked = validate(read(write_sheet(rows)), OWN)
    listed = [
        tuple(row) for row in checked.violations[["excel_row", "column", "value", "reason"]].fillna("").to_numpy()
    ]
    assert listed == [
        (2, "more", "#REF!", "formula_failed"),
        (3, "text", "#NAME?", "formula_failed"),
        (4, "label", "#N/A", "formula_failed"),
        (5, "text", "=TRIM(C2)", "formula_without_value"),
        (6, "label", '=TRIM("a ")', "formula_without_value"),
        (7, "text, more", "", "no_text"),
    ]
    counts = checked.counts
    assert (counts["formula_failed"], counts["formula_without_value"], counts["no_text"], counts["usable"]) == (
        3,
        2,
        1,
        1,
    )
    save_checked(checked, tmp_path / "checked")
    assert load_checked(tmp_path / "checked").workbook.formula_rows == checked.workbook.formula_rows == ()


def test_what_we_write_holds_no_formula(write_sheet: WriteSheet, tmp_path: Path) -> None:
    path = write_sheet([["text", "more", "label"], ["= 좋아", None, "c"], ["=TRIM(C2)", None, "a"]])
    checked = validate(read(path), OWN)
    write_rejected(tmp_path / "aside.xlsx", set_aside(checked, checked.rejected.set_index("excel_row")["reason"]), OWN)
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "aside.xlsx").active.iter_rows() for cell in row]
    assert {"= 좋아", "=TRIM(C2)"} <= {cell.value for cell in cells}
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_slice_column_without_its_formulas(check: Check, write_sheet: WriteSheet, tmp_path: Path) -> None:
    path = write_sheet([["연령", "text", "more", "label"], ["#REF!", "가", None, "a"], ["청년", "나", None, "b"]])
    checked = validate(read(path), OWN)
    assert checked.usable["age"].isna().tolist() == [True, False]


def test_the_case_of_formulas_that_were_never_calculated(shared: Path, tmp_path: Path) -> None:
    book = read_workbook(f"{shared}/cases/formula_without_value.xlsx", DataRecipe(), tmp_path)
    checked = validate(book, DataRecipe())
    assert checked.counts["formula_without_value"] == checked.counts["rows"] == 60
    assert checked.violations["value"].iloc[0] == '=TRIM("기쁨 ")'


def test_many_formulas_take_little_time(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "more", "label"], *([f"= 문장 {n}", None, "=A1"] for n in range(20_000))])
    started = time.process_time()
    assert len(read(path).formula_rows) == 20_000
    assert time.process_time() - started < 5


def test_a_sheet_that_is_no_xml_inside_a_cell(write_sheet: WriteSheet) -> None:
    path = write_sheet([["text", "more", "label"], ["=TRIM(A1)", "나", "a"]])
    with_sheet_xml(path, lambda sheet: sheet.replace("<f>TRIM(A1)</f>", "<f>TRIM(A1)<g></f>"))
    with pytest.raises(WorkbookError):
        read(path)
