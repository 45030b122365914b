import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from PIL import Image as Picture

from storyflower.data.sheet_edit import CellsNotReplaceable, replace_cells
from storyflower.data.workbook import read_workbook
from storyflower.recipe_data import DataRecipe

WriteSheet = Callable[..., Path]
SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def with_sheet(content: bytes, xml: str, **others: str) -> bytes:
    """The workbook with the XML of its first sheet written by hand, and parts added."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in (parts(content) | {SHEET: xml.encode()}).items():
            archive.writestr(name, data)
        for name, text in others.items():
            archive.writestr(f"xl/{name}.xml", text)
    return made.getvalue()


@pytest.fixture
def rich(tmp_path: Path) -> bytes:
    """A workbook with nearly everything that Excel puts into one."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "자료 & 표"
    sheet.append(("감정_대분류", "사람문장1", "날짜"))
    sheet.append(("기뿜", "좋아 <정말> & 좋아", date(2026, 3, 1)))
    sheet.append(("슬픔", "둘", 3))
    sheet["A2"].font = Font(bold=True, color="FFFF0000")
    sheet["A2"].fill = PatternFill("solid", fgColor="FFFFFF00")
    sheet["D3"] = "=SUM(C2:C3)"
    sheet.merge_cells("E1:F3")
    sheet.column_dimensions["B"].width = 51
    sheet.row_dimensions[2].height = 33
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = "A1:C3"
    sheet["B2"].comment = Comment("메모", "쓴 사람")
    sheet["B3"].hyperlink = "https://example.org/"
    choice = DataValidation("list", formula1='"기쁨,슬픔"')
    choice.add("A2:A9")
    sheet.add_data_validation(choice)
    sheet.conditional_formatting.add("C2:C9", CellIsRule("greaterThan", ["1"], fill=PatternFill(bgColor="FFFF0000")))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=2, max_row=3))
    sheet.add_chart(chart, "H2")
    Picture.new("RGB", (4, 4), "red").save(picture := io.BytesIO(), "png")
    sheet.add_image(Image(picture), "H20")
    other = book.create_sheet("다른 시트")
    other["A1"] = "=1+1"
    book.save(tmp_path / "rich.xlsx")
    return (tmp_path / "rich.xlsx").read_bytes()


def test_only_the_bytes_of_the_cells_named_change(rich: bytes) -> None:
    made = replace_cells(rich, "자료 & 표", {(2, 1): "기쁨", (3, 2): " =1 & <둘>\n"})
    before, after = parts(rich), parts(made)
    assert list(after) == list(before)
    assert {name for name in after if after[name] != before[name]} == {SHEET}
    old, new = before[SHEET], after[SHEET]
    for address, text in (("A2", "기쁨"), ("B3", " =1 &amp; &lt;둘&gt;\n")):
        place = new.index(f'<c r="{address}"'.encode())
        end = new.index(b"</c>", place) + 4
        assert f'<is><t xml:space="preserve">{text}</t></is></c>'.encode() == new[new.index(b"<is>", place) : end]
        start = old.index(f'<c r="{address}"'.encode())
        cell = old[start : old.index(b"</c>", start) + 4]
        new = new[:place] + cell + new[end:]
    assert new == old


def test_the_cells_hold_the_texts_in_their_old_styles(rich: bytes, tmp_path: Path) -> None:
    path = tmp_path / "made.xlsx"
    path.write_bytes(replace_cells(rich, "자료 & 표", {(2, 1): "기쁨", (2, 2): "_x0041_\x07", (3, 8): "새 칸"}))
    sheet = openpyxl.load_workbook(path)["자료 & 표"]
    assert (sheet["A2"].value, sheet["A2"].font.bold, sheet["A2"].fill.fgColor.rgb) == ("기쁨", True, "FFFFFF00")
    assert (sheet["B2"].comment.text, sheet["H3"].value) == ("메모", "새 칸")
    assert (len(sheet._charts), len(sheet._images), sheet["D3"].value) == (1, 1, "=SUM(C2:C3)")
    recipe = DataRecipe(text_columns=("사람문장1",))
    assert read_workbook(str(path), recipe, tmp_path).frame["사람문장1"].tolist() == ["_x0041_", "둘"]


def test_cells_and_rows_that_hold_nothing_yet(write_sheet: WriteSheet, tmp_path: Path) -> None:
    xml = (
        f'<?xml version="1.0"?><x:worksheet xmlns:x="{NAMESPACE}"><x:sheetData>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>가 &gt; 나</x:t></x:is></x:c><x:c/></x:row>'
        '<x:row s="0" customFormat="1" note="a>b"/>'
        '<x:row r="5"><x:c r="B5"><x:v>7</x:v></x:c></x:row><x:row r="6"></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    content = with_sheet(write_sheet([("x",)]).read_bytes(), xml)
    values = {(1, 2): "나1", (2, 1): "가2", (2, 3): "다2", (5, 1): "가5", (5, 2): "나5", (5, 9): "자5", (6, 2): "나6"}
    made = replace_cells(content, "Sheet1", values)
    (tmp_path / "made.xlsx").write_bytes(made)
    sheet = openpyxl.load_workbook(tmp_path / "made.xlsx").worksheets[0]
    found = {(cell.row, cell.column): cell.value for row in sheet.iter_rows() for cell in row if cell.value}
    assert found == values | {(1, 1): "가 > 나"}
    assert b'<x:row s="0" customFormat="1" note="a>b"><x:c r="A2" s="0" t="inlineStr">' in parts(made)[SHEET]


def test_what_cannot_be_replaced_without_changing_more_is_refused(write_sheet: WriteSheet) -> None:
    xml = (
        f'<worksheet xmlns="{NAMESPACE}"><sheetData><row r="1">'
        '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f t="shared" ref="B1:B2" si="0">A1</f></c>'
        '<c r="C1"><f>"=글"</f></c></row><row r="2"><c r="D2"/></row><row r="4"/></sheetData>'
        '<mergeCells><mergeCell ref="C2:D3"/><mergeCell ref="A4:B4"/></mergeCells></worksheet>'
    )
    chain = f'<calcChain xmlns="{NAMESPACE}"><c r="A1" i="1"/></calcChain>'
    content = with_sheet(write_sheet([("x",)]).read_bytes(), xml, calcChain=chain)
    with pytest.raises(CellsNotReplaceable) as refused:
        replace_cells(content, "Sheet1", dict.fromkeys([(1, 1), (1, 2), (1, 3), (2, 3), (2, 4), (4, 1), (9, 1)], "글"))
    assert refused.value.cells == [
        ("A1", "cell_formula"),
        ("B1", "cell_formula"),
        ("C2", "cell_merged"),  # of several rows: the value of each
        ("D2", "cell_merged"),
        ("A9", "cell_absent"),
    ]
    assert b'<c r="C1" t="inlineStr">' in parts(replace_cells(content, "Sheet1", {(1, 3): "글"}))[SHEET]


def test_xml_in_another_encoding_is_refused(write_sheet: WriteSheet) -> None:
    xml = f'<?xml version="1.0" encoding="iso-8859-1"?><worksheet xmlns="{NAMESPACE}"><sheetData/></worksheet>'
    with pytest.raises(CellsNotReplaceable) as refused:
        replace_cells(with_sheet(write_sheet([("x",)]).read_bytes(), xml), "Sheet1", {(1, 1): "글"})
    assert refused.value.cells == [("A1", "cell_encoding")]


def test_a_sheet_that_is_not_there(write_sheet: WriteSheet) -> None:
    with pytest.raises(KeyError):
        replace_cells(write_sheet([("x",)]).read_bytes(), "없음", {(1, 1): "글"})
