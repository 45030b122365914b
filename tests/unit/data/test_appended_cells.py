"""Columns put into the XML of a sheet."""

import tracemalloc

from storyflower.data.appended_cells import NewCell, with_appended


def sheet(blank_rows: int) -> bytes:
    """A sheet with a title, a text, and rows below that are blank but styled, as Excel writes formatted columns."""
    blank = "".join(
        f'<row r="{row}" s="3"><c r="A{row}" s="1"/><c r="B{row}" s="1"/></row>' for row in range(3, blank_rows + 3)
    )
    cells = '<c r="A{0}" t="str"><v>문장</v></c><c r="B{0}" s="1"/>'
    texts = "".join(f'<row r="{row}">{cells.format(row)}</row>' for row in (1, 2))
    return f'<worksheet xmlns="main"><sheetData>{texts}{blank}</sheetData></worksheet>'.encode()


def test_blank_rows_stay_as_they_are_and_take_no_memory() -> None:
    xml = sheet(20_000)
    tracemalloc.start()
    try:
        appended = with_appended(xml, 1, ["감정"], {2: [NewCell("기쁨")]}, 12.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(xml)
    blank = b'<row r="3"'
    assert appended[appended.index(blank) :] == xml[xml.index(blank) :]
    assert '<c r="B2" t="inlineStr"><is><t xml:space="preserve">기쁨</t></is></c></row>'.encode() in appended
