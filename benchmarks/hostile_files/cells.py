"""Cells in places where no cell can be: far away, under other names, in negative rows."""

from random import Random

from benchmarks.hostile_files.workbook import (
    BOOK_LINKS,
    SHEET,
    changed_workbook,
    inline,
    rows_xml,
    sheet_xml,
    sound_parts,
    zipped,
)


def _far(draw: Random) -> str:
    """An address that makes a reader lay out a block of many gigabytes."""
    return draw.choice(
        ["XFD1048576", f"XFD{draw.randrange(100_000, 1_048_577)}", f"ZZ{draw.randrange(900_000, 1_048_577)}"]
    )


def _row_of(address: str) -> str:
    return address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _far_cell(draw: Random) -> bytes:
    far = _far(draw)
    return changed_workbook(sheet=sheet_xml(f'{rows_xml()}<row r="{_row_of(far)}">{inline(far, "x")}</row>'))


def _far_cell_in_another_extension(draw: Random) -> bytes:
    far, parts = _far(draw), sound_parts()
    name = draw.choice(["sheet1.dat", "sheet1.bin", "sheet1", "sheet1.XML", "sheet1.xml.bak"])
    del parts[SHEET]
    parts[f"xl/worksheets/{name}"] = sheet_xml(f'{rows_xml()}<row r="{_row_of(far)}">{inline(far, "x")}</row>')
    parts[BOOK_LINKS] = parts[BOOK_LINKS].replace(b"sheet1.xml", name.encode())
    return zipped(parts)


def _far_cell_behind_blanks(draw: Random) -> bytes:
    far, blank = _far(draw), draw.choice([" ", "\n", "\t", "  \n "])
    row = f'<row r{blank}={blank}"{_row_of(far)}"><c r{blank}={blank}"{far}" t="inlineStr"><is><t>x</t></is></c></row>'
    return changed_workbook(sheet=sheet_xml(rows_xml() + row))


def _far_cell_under_a_prefix(draw: Random) -> bytes:
    far, prefix = _far(draw), draw.choice(["x", "ns0", "S"])
    xml = sheet_xml(f'{rows_xml()}<row r="{_row_of(far)}">{inline(far, "x")}</row>').decode()
    for tag in ("worksheet", "sheetData", "row", "c", "is", "t", "v"):
        for opening in ("<", "</"):
            for end in (" ", ">"):
                xml = xml.replace(f"{opening}{tag}{end}", f"{opening}{prefix}:{tag}{end}")
    return changed_workbook(sheet=xml.replace("xmlns=", f"xmlns:{prefix}=").encode())


def _cells_without_reference(draw: Random) -> bytes:
    cell = "<c><v>1</v></c>"
    rows = "<row/>" * draw.randrange(10) + f"<row>{cell * draw.randrange(1, 20_000)}</row>"
    return changed_workbook(sheet=sheet_xml(f'{rows}<row r="{draw.choice([1048576, 2**31, 2**32 - 1])}">{cell}</row>'))


def _impossible_reference(draw: Random) -> bytes:
    references = [
        "H9999999999",
        "AAAAAAA5",
        "AAAA1",
        "A0",
        "0A",
        "A-1",
        "",
        "1",
        "ZZZZZZZZZZZZ1",
        "A18446744073709551616",
    ]
    references += ["XFE1", "A1048577", "가1", "A1:B2", "$A$1", " A1", "A\u00a01", "B4294967296", "é7", "A١"]
    return changed_workbook(sheet=sheet_xml(f"{rows_xml()}<row>{inline(draw.choice(references), 'x')}</row>"))


def _negative_row(draw: Random) -> bytes:
    number = draw.choice(
        ["-1", "0", "99999999999", "-2147483648", "4294967295", "1e9", "", "x", "18446744073709551615"]
    )
    return changed_workbook(sheet=sheet_xml(f'<row r="{number}"><c><v>1</v></c>{inline("A5", "x")}</row>{rows_xml()}'))


def _huge_dimension(draw: Random) -> bytes:
    reference = draw.choice(
        ["A1:XFD1048576", "A1:ZZZZZZ99999999", "XFD1048576", "B2:A1", "A1:A4294967296", ":", "", "A"]
    )
    return changed_workbook(sheet=sheet_xml(rows_xml(), before=f'<dimension ref="{reference}"/>'))


def _many_columns(draw: Random) -> bytes:
    row = "<c><v>1</v></c>" * draw.choice([16_384, 16_385, 40_000])
    return changed_workbook(sheet=sheet_xml(f"<row>{row}</row>" * draw.randrange(1, 40)))


KINDS = (
    _far_cell,
    _far_cell_in_another_extension,
    _far_cell_behind_blanks,
    _far_cell_under_a_prefix,
    _cells_without_reference,
    _impossible_reference,
    _negative_row,
    _huge_dimension,
    _many_columns,
)
