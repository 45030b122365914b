"""Strings, numbers, dates, formulas and styles that no program would write."""

from random import Random

from benchmarks.hostile_files.workbook import (
    BOOK,
    BOOK_LINKS,
    DECLARATION,
    MAIN,
    SHEET,
    STRINGS,
    changed_workbook,
    inline,
    rows_xml,
    sheet_xml,
    sound_parts,
    strings_xml,
    zipped,
)


def _false_unique_count(draw: Random) -> bytes:
    count = draw.choice(["4294967295", "4294967296", "18446744073709551615", "-1", "x", "9" * 40, "2000000000", ""])
    return changed_workbook(strings=strings_xml(["하나"], count or " "))


def _shared_string_bomb(draw: Random) -> bytes:
    text = "가" * draw.randrange(20_000, 60_000)
    cells = draw.randrange(50_000, 120_000)
    rows = "".join(f'<row r="{number}"><c r="A{number}" t="s"><v>0</v></c></row>' for number in range(4, cells))
    return changed_workbook(strings=strings_xml([text]), sheet=sheet_xml(rows_xml() + rows))


def _shared_string_absent(draw: Random) -> bytes:
    index = draw.choice(["1", "4294967295", "-1", "1000000000", "NaN", "", "1.5", "99999999999999999999999"])
    return changed_workbook(sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4" t="s"><v>{index}</v></c></row>'))


def _long_text(draw: Random) -> bytes:
    text = draw.choice(["가", "&amp;", "_x0041_", "\u202e", "😀"]) * draw.randrange(100_000, 400_000)
    return changed_workbook(sheet=sheet_xml(f"{rows_xml()}<row r='4'>{inline('C4', text)}{inline('D4', text)}</row>"))


def _invalid_utf8(draw: Random) -> bytes:
    bad = draw.choice(
        [b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x00", b"\x1b", b"\xb0\xa1"]
    )
    part = draw.choice([SHEET, BOOK, STRINGS, BOOK_LINKS])
    content = sound_parts()[part]
    mark = {SHEET: "합격".encode(), BOOK: b"Sheet1", STRINGS: "하나".encode(), BOOK_LINKS: b"styles.xml"}[part]
    return zipped(sound_parts() | {part: content.replace(mark, bad)})


def _false_encoding(draw: Random) -> bytes:
    declared = draw.choice(["utf-16", "utf-7", "euc-kr", "cp949", "ebcdic", "x" * 5000, "utf-32"])
    part = draw.choice([SHEET, BOOK, STRINGS])
    content = sound_parts()[part].replace(b"UTF-8", declared.encode())
    if draw.random() < 0.3:
        content = content.decode().encode("utf-16")
    return zipped(sound_parts() | {part: content})


def _strange_number(draw: Random) -> bytes:
    number = draw.choice(
        ["1e999", "-1e999", "NaN", "INF", "1e308", "9" * draw.randrange(400, 100_000), "-0", "0x10", "1,5"]
    )
    number += draw.choice(["", "", " ", "e"])
    return changed_workbook(
        sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="C4"><v>{number}</v></c><c r="D4"><v>{number}</v></c></row>')
    )


def _strange_date(draw: Random) -> bytes:
    number = draw.choice(
        ["1e10", "-5", "1e300", "2958466", "-693594", "0.999999999", "60", "1e17", "9223372036854775807"]
    )
    return changed_workbook(sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4" s="0"><v>{number}</v></c></row>'))


def _strange_type(draw: Random) -> bytes:
    kind = draw.choice(["zzz", "e", "b", "d", "str", "n", "s", "", "inlineStr"])
    value = draw.choice(["#QQQ!", "2", "9999-99-99T99:99:99", "", "가", "#REF!", "true"])
    return changed_workbook(sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4" t="{kind}"><v>{value}</v></c></row>'))


def _strange_formula(draw: Random) -> bytes:
    deep = draw.randrange(1000, 50_000)
    formula = draw.choice(
        ["(" * deep, "SUM(" * deep + "1" + ")" * deep, ")" * deep, "A" * 300_000, "{1" + ",1" * deep, '"']
    )
    shared = draw.choice(["", ' t="shared" si="99"', ' t="array" ref="A1:XFD1048576"', ' t="dataTable" ref="x"'])
    return changed_workbook(sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4"><f{shared}>{formula}</f></c></row>'))


def _style_bomb(draw: Random) -> bytes:
    formats = draw.randrange(20_000, 120_000)
    listed = "".join(f'<numFmt numFmtId="{n}" formatCode="{"yY0;@" * 3}{n}"/>' for n in range(formats))
    used = "".join(f'<xf numFmtId="{n}"/>' for n in range(formats))
    xml = f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts>{listed}</numFmts><cellXfs>{used}</cellXfs></styleSheet>'
    style = draw.choice([formats - 1, formats, 2**32, -1])
    return changed_workbook(
        styles=xml.encode(), sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4" s="{style}"><v>1</v></c></row>')
    )


def _merged_ranges(draw: Random) -> bytes:
    many = "".join(f'<mergeCell ref="C{n}:C{n + 1}"/>' for n in range(2, draw.randrange(1000, 100_000)))
    listed = draw.choice(
        [many, '<mergeCell ref="A1:XFD1048576"/>' * 500, '<mergeCell ref="C2:C9999999"/>', '<mergeCell ref=""/>']
    )
    rows = rows_xml().replace(inline("C3", "슬픔"), "")
    return changed_workbook(sheet=sheet_xml(rows, after=f"<mergeCells>{listed}</mergeCells>"))


KINDS = (
    _false_unique_count,
    _shared_string_bomb,
    _shared_string_absent,
    _long_text,
    _invalid_utf8,
    _false_encoding,
    _strange_number,
    _strange_date,
    _strange_type,
    _strange_formula,
    _style_bomb,
    _merged_ranges,
)
