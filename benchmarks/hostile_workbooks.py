"""Files that were made to harm a reader of workbooks: seeded, by kind, each a small workbook with one thing wrong."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random

Parts = dict[str, bytes]
"""The content of an .xlsx by the names of its parts."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
BOOK, BOOK_LINKS, SHEET = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"
STRINGS, STYLES, TYPES = "xl/sharedStrings.xml", "xl/styles.xml", "[Content_Types].xml"
_TITLES = ("연령", "성별", "감정_대분류", "사람문장1", "사람문장2")
_ROWS = (
    ("청년", "여성", "기쁨", "오늘 합격했어.", "정말 기뻐."),
    ("노년", "남성", "슬픔", "친구가 떠났어.", "보고 싶어."),
)
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True)
class HostileFile:
    """A file, the kind of harm it is meant to do, and its number among those of its kind."""

    kind: str
    number: int
    name: str
    content: bytes = field(repr=False)


def hostile_files(count: int, seed: int) -> Iterator[HostileFile]:
    """So many files, of all kinds in turn; the same for the same seed."""
    numbers = dict.fromkeys(KINDS, 0)
    for kind in islice(cycle(KINDS), count):
        number = numbers[kind]
        numbers[kind] += 1
        suffix = next((end for end in ("csv", "json") if kind.startswith(end)), "xlsx")
        content = KINDS[kind](Random(f"{seed}/{kind}/{number}"))
        yield HostileFile(kind, number, f"{kind}-{number}.{suffix}", content)


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The archive of some parts, in their order."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return file.getvalue()


def sheet_xml(rows: str, before: str = "", after: str = "") -> bytes:
    """A sheet of the XML of its rows."""
    xml = f'{_DECLARATION}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    return xml.encode()


def rows_xml() -> str:
    """A header and two dialogues, as inline strings."""
    return "".join(
        f'<row r="{number}">'
        + "".join(inline(f"{letter}{number}", text) for letter, text in zip("ABCDE", row, strict=True))
        + "</row>"
        for number, row in enumerate((_TITLES, *_ROWS), start=1)
    )


def inline(address: str, text: str) -> str:
    """A cell with its text in it."""
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def sound_parts() -> Parts:
    """A workbook that is as it should be."""
    kinds = {BOOK: "sheet.main", SHEET: "worksheet", STYLES: "styles", STRINGS: "sharedStrings"}
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
        f'{kind}+xml"/>'
        for part, kind in kinds.items()
    )
    defaults = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    defaults += '<Default Extension="xml" ContentType="application/xml"/>'
    return {
        TYPES: f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'.encode(),
        "_rels/.rels": _links({"rId1": ("officeDocument", BOOK)}),
        BOOK: book_xml({"Sheet1": "rId1"}),
        BOOK_LINKS: _links(
            {
                "rId1": ("worksheet", "worksheets/sheet1.xml"),
                "rId2": ("styles", "styles.xml"),
                "rId3": ("sharedStrings", "sharedStrings.xml"),
            }
        ),
        SHEET: sheet_xml(rows_xml()),
        STYLES: f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'.encode(),
        STRINGS: strings_xml(["하나"]),
    }


def book_xml(sheets: Mapping[str, str]) -> bytes:
    """The list of sheets, by name, with the ids of their links."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="{link}"/>'
        for number, (name, link) in enumerate(sheets.items(), start=1)
    )
    return f'{_DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{listed}</sheets></workbook>'.encode()


def strings_xml(texts: list[str], unique: str | None = None) -> bytes:
    """The table of shared strings."""
    listed = "".join(f"<si><t>{text}</t></si>" for text in texts)
    count = unique or str(len(texts))
    return f'{_DECLARATION}<sst xmlns="{MAIN}" count="{count}" uniqueCount="{count}">{listed}</sst>'.encode()


def _links(targets: Mapping[str, tuple[str, str]]) -> bytes:
    listed = "".join(
        f'<Relationship Id="{name}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'.encode()


def _with(**changed: bytes) -> bytes:
    """The sound workbook with some parts changed, by the names of this module's constants in lower case."""
    names = {"book": BOOK, "book_links": BOOK_LINKS, "sheet": SHEET, "strings": STRINGS, "styles": STYLES}
    return zipped(sound_parts() | {names.get(name, name): content for name, content in changed.items()})


def _far(draw: Random) -> str:
    """An address that makes a reader lay out a block of many gigabytes."""
    return draw.choice(
        ["XFD1048576", f"XFD{draw.randrange(100_000, 1_048_577)}", f"ZZ{draw.randrange(900_000, 1_048_577)}"]
    )


def _row_of(address: str) -> str:
    return address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


# -- cells that stand where none can be


def _far_cell(draw: Random) -> bytes:
    far = _far(draw)
    return _with(sheet=sheet_xml(f'{rows_xml()}<row r="{_row_of(far)}">{inline(far, "x")}</row>'))


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
    return _with(sheet=sheet_xml(rows_xml() + row))


def _far_cell_under_a_prefix(draw: Random) -> bytes:
    far, prefix = _far(draw), draw.choice(["x", "ns0", "S"])
    xml = sheet_xml(f'{rows_xml()}<row r="{_row_of(far)}">{inline(far, "x")}</row>').decode()
    for tag in ("worksheet", "sheetData", "row", "c", "is", "t", "v"):
        for opening in ("<", "</"):
            for end in (" ", ">"):
                xml = xml.replace(f"{opening}{tag}{end}", f"{opening}{prefix}:{tag}{end}")
    return _with(sheet=xml.replace("xmlns=", f"xmlns:{prefix}=").encode())


def _cells_without_reference(draw: Random) -> bytes:
    cell = "<c><v>1</v></c>"
    rows = "<row/>" * draw.randrange(10) + f"<row>{cell * draw.randrange(1, 20_000)}</row>"
    return _with(sheet=sheet_xml(f'{rows}<row r="{draw.choice([1048576, 2**31, 2**32 - 1])}">{cell}</row>'))


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
    return _with(sheet=sheet_xml(f"{rows_xml()}<row>{inline(draw.choice(references), 'x')}</row>"))


def _negative_row(draw: Random) -> bytes:
    number = draw.choice(
        ["-1", "0", "99999999999", "-2147483648", "4294967295", "1e9", "", "x", "18446744073709551615"]
    )
    return _with(sheet=sheet_xml(f'<row r="{number}"><c><v>1</v></c>{inline("A5", "x")}</row>{rows_xml()}'))


def _huge_dimension(draw: Random) -> bytes:
    reference = draw.choice(
        ["A1:XFD1048576", "A1:ZZZZZZ99999999", "XFD1048576", "B2:A1", "A1:A4294967296", ":", "", "A"]
    )
    return _with(sheet=sheet_xml(rows_xml(), before=f'<dimension ref="{reference}"/>'))


def _many_columns(draw: Random) -> bytes:
    row = "<c><v>1</v></c>" * draw.choice([16_384, 16_385, 40_000])
    return _with(sheet=sheet_xml(f"<row>{row}</row>" * draw.randrange(1, 40)))


# -- strings


def _false_unique_count(draw: Random) -> bytes:
    count = draw.choice(["4294967295", "4294967296", "18446744073709551615", "-1", "x", "9" * 40, "2000000000", ""])
    return _with(strings=strings_xml(["하나"], count or " "))


def _shared_string_bomb(draw: Random) -> bytes:
    text = "가" * draw.randrange(20_000, 60_000)
    cells = draw.randrange(50_000, 120_000)
    rows = "".join(f'<row r="{number}"><c r="A{number}" t="s"><v>0</v></c></row>' for number in range(4, cells))
    return _with(strings=strings_xml([text]), sheet=sheet_xml(rows_xml() + rows))


def _shared_string_absent(draw: Random) -> bytes:
    index = draw.choice(["1", "4294967295", "-1", "1000000000", "NaN", "", "1.5", "99999999999999999999999"])
    return _with(sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4" t="s"><v>{index}</v></c></row>'))


def _long_text(draw: Random) -> bytes:
    text = draw.choice(["가", "&amp;", "_x0041_", "\u202e", "😀"]) * draw.randrange(100_000, 400_000)
    return _with(sheet=sheet_xml(f"{rows_xml()}<row r='4'>{inline('C4', text)}{inline('D4', text)}</row>"))


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


# -- values


def _strange_number(draw: Random) -> bytes:
    number = draw.choice(
        ["1e999", "-1e999", "NaN", "INF", "1e308", "9" * draw.randrange(400, 100_000), "-0", "0x10", "1,5"]
    )
    number += draw.choice(["", "", " ", "e"])
    return _with(
        sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="C4"><v>{number}</v></c><c r="D4"><v>{number}</v></c></row>')
    )


def _strange_date(draw: Random) -> bytes:
    number = draw.choice(
        ["1e10", "-5", "1e300", "2958466", "-693594", "0.999999999", "60", "1e17", "9223372036854775807"]
    )
    return _with(sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4" s="0"><v>{number}</v></c></row>'))


def _strange_type(draw: Random) -> bytes:
    kind = draw.choice(["zzz", "e", "b", "d", "str", "n", "s", "", "inlineStr"])
    value = draw.choice(["#QQQ!", "2", "9999-99-99T99:99:99", "", "가", "#REF!", "true"])
    return _with(sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4" t="{kind}"><v>{value}</v></c></row>'))


def _strange_formula(draw: Random) -> bytes:
    deep = draw.randrange(1000, 50_000)
    formula = draw.choice(
        ["(" * deep, "SUM(" * deep + "1" + ")" * deep, ")" * deep, "A" * 300_000, "{1" + ",1" * deep, '"']
    )
    shared = draw.choice(["", ' t="shared" si="99"', ' t="array" ref="A1:XFD1048576"', ' t="dataTable" ref="x"'])
    return _with(sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4"><f{shared}>{formula}</f></c></row>'))


def _style_bomb(draw: Random) -> bytes:
    formats = draw.randrange(20_000, 120_000)
    listed = "".join(f'<numFmt numFmtId="{n}" formatCode="{"yY0;@" * 3}{n}"/>' for n in range(formats))
    used = "".join(f'<xf numFmtId="{n}"/>' for n in range(formats))
    xml = f'{_DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts>{listed}</numFmts><cellXfs>{used}</cellXfs></styleSheet>'
    style = draw.choice([formats - 1, formats, 2**32, -1])
    return _with(
        styles=xml.encode(), sheet=sheet_xml(f'{rows_xml()}<row r="4"><c r="D4" s="{style}"><v>1</v></c></row>')
    )


def _merged_ranges(draw: Random) -> bytes:
    many = "".join(f'<mergeCell ref="C{n}:C{n + 1}"/>' for n in range(2, draw.randrange(1000, 100_000)))
    listed = draw.choice(
        [many, '<mergeCell ref="A1:XFD1048576"/>' * 500, '<mergeCell ref="C2:C9999999"/>', '<mergeCell ref=""/>']
    )
    rows = rows_xml().replace(inline("C3", "슬픔"), "")
    return _with(sheet=sheet_xml(rows, after=f"<mergeCells>{listed}</mergeCells>"))


# -- XML


def _deep_xml(draw: Random) -> bytes:
    deep = draw.randrange(10_000, 400_000)
    nested = b"<a>" * deep + b"</a>" * (deep if draw.random() < 0.7 else 0)
    part, mark = draw.choice([(SHEET, b"<sheetData>"), (BOOK, b"<sheets>"), (STRINGS, b"<si>"), (STYLES, b"<cellXfs")])
    return zipped(sound_parts() | {part: sound_parts()[part].replace(mark, nested + mark)})


def _entity_expansion(draw: Random) -> bytes:
    levels, wide = draw.randrange(5, 12), draw.randrange(8, 12)
    entities = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * wide}">' for n in range(1, levels))
    part, mark = draw.choice([(SHEET, "오늘"), (BOOK, "Sheet1"), (STRINGS, "하나"), (BOOK_LINKS, "styles.xml")])
    xml = sound_parts()[part].decode().replace("?>", f"?><!DOCTYPE r [{entities}]>", 1)
    return zipped(sound_parts() | {part: xml.replace(mark, f"&e{levels - 1};", 1).encode()})


def _external_entity(draw: Random) -> bytes:
    address = draw.choice(["file:///etc/passwd", "http://127.0.0.1:9/x", "file:///dev/zero", "/dev/stdin"])
    part, mark = draw.choice([(SHEET, "오늘"), (BOOK, "Sheet1"), (STRINGS, "하나")])
    xml = sound_parts()[part].decode().replace("?>", f'?><!DOCTYPE r [<!ENTITY x SYSTEM "{address}">]>', 1)
    return zipped(sound_parts() | {part: xml.replace(mark, "&x;", 1).encode()})


def _broken_xml(draw: Random) -> bytes:
    part = draw.choice([SHEET, BOOK, STRINGS, STYLES, BOOK_LINKS, TYPES])
    content = sound_parts()[part]
    place = draw.randrange(len(content))
    broken = draw.choice(
        [content[:place], content[:place] + b"<" + content[place:], content[place:], b"", b"<" * 100_000]
    )
    return zipped(sound_parts() | {part: broken})


def _long_tag(draw: Random) -> bytes:
    size = draw.randrange(2_000_000, 8_000_000)
    attribute = draw.choice(['x="' + "a" * size + '"', " ".join(f'a{n}="1"' for n in range(size // 20)), "q" * size])
    return _with(sheet=sheet_xml(rows_xml().replace('<row r="1">', f'<row r="1" {attribute}>', 1)))


# -- the archive


def _zip_bomb(draw: Random) -> bytes:
    size_mb = draw.choice([200, 400, 900])
    part = draw.choice([SHEET, STRINGS, STYLES, "xl/media/image1.png", "xl/theme/theme1.xml"])
    filler = {SHEET: b"<row></row>    ", STRINGS: b"<si><t></t></si>", STYLES: b"<xf/><xf/><xf/> "}.get(part, bytes(16))
    head, _, tail = sound_parts().get(part, b"|").rpartition(b"</" if part in sound_parts() else b"|")
    parts = {name: content for name, content in sound_parts().items() if name != part}
    file = io.BytesIO(zipped(parts))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(part, "w") as bomb:
        bomb.write(head)
        for _ in range(size_mb):
            bomb.write(filler * (1 << 16))
        bomb.write(b"</" + tail if tail else b"")
    return file.getvalue()


def _zip_bomb_that_lies(draw: Random) -> bytes:
    content = bytearray(_zip_bomb(draw))
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        content[place + 24 : place + 28] = struct.pack("<I", draw.randrange(1, 5000))
        place += 4
    return bytes(content)


def _truncated(draw: Random) -> bytes:
    content = zipped(sound_parts())
    return content[: draw.randrange(4, len(content))]


def _flipped_bytes(draw: Random) -> bytes:
    content = bytearray(zipped(sound_parts(), draw.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])))
    for _ in range(draw.randrange(1, 30)):
        content[draw.randrange(4, len(content))] ^= 1 << draw.randrange(8)
    return bytes(content)


def _false_central_directory(draw: Random) -> bytes:
    content = bytearray(zipped(sound_parts()))
    entry, end = content.index(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    place = draw.choice(
        [entry + 10, entry + 20, entry + 24, entry + 28, entry + 42, end + 8, end + 10, end + 12, end + 16]
    )
    content[place : place + 2] = draw.randbytes(2)
    return bytes(content)


def _duplicate_parts(draw: Random) -> bytes:
    file = io.BytesIO(zipped(sound_parts()))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for _ in range(draw.choice([1, 1, 2000])):
            info = zipfile.ZipInfo(draw.choice([SHEET, BOOK, STRINGS]))
            archive.NameToInfo.pop(info.filename, None)  # or zipfile warns
            archive.writestr(info, draw.choice([b"", b"<x/>", sheet_xml("")]))
    return file.getvalue()


def _path_traversal(draw: Random) -> bytes:
    target = draw.choice(
        ["../../../../etc/passwd", "/etc/passwd", "..\\..\\x", "C:\\x", "../" * 5000 + "x", "\u0000", "file:///x"]
    )
    parts = sound_parts() | {target if "\0" not in target else "nul": b"x"}
    if draw.random() < 0.7:
        parts[BOOK_LINKS] = parts[BOOK_LINKS].replace(b"worksheets/sheet1.xml", target.encode())
    return zipped(parts)


def _missing_part(draw: Random) -> bytes:
    parts = sound_parts()
    for name in draw.sample(sorted(parts), draw.randrange(1, 3)):
        del parts[name]
    return zipped(parts)


def _false_content_types(draw: Random) -> bytes:
    types = sound_parts()[TYPES]
    wrong = [
        types.replace(b"spreadsheetml", b"wordprocessingml"),
        types.replace(b"/xl/", b"/yl/"),
        b"<Types/>",
        b"",
        b"\0" * 99,
    ]
    return zipped(sound_parts() | {TYPES: draw.choice(wrong)})


def _false_links(draw: Random) -> bytes:
    links = sound_parts()[BOOK_LINKS]
    wrong = [
        links.replace(b"rId1", b"rId2"),
        links.replace(b"worksheets/sheet1.xml", b""),
        links.replace(b"Target", b"Tarjet"),
    ]
    wrong += [links.replace(b"sheet1.xml", b"sheet1.xml?x#y"), links.replace(b"worksheets/sheet1.xml", b"workbook.xml")]
    wrong += [links.replace(b"Target=", b'TargetMode="External" Target=')]
    return zipped(sound_parts() | {BOOK_LINKS: draw.choice(wrong)})


def _many_sheets(draw: Random) -> bytes:
    count, parts = draw.randrange(500, 3000), sound_parts()
    names = [draw.choice(["표", "x" * 3000, "", "Sheet1", "a&lt;b"]) + str(number) for number in range(count)]
    parts[BOOK] = book_xml({name: f"s{number}" for number, name in enumerate(names)})
    parts[BOOK_LINKS] = _links({f"s{number}": ("worksheet", "worksheets/sheet1.xml") for number in range(count)})
    return zipped(parts)


def _strange_compression(draw: Random) -> bytes:
    content = bytearray(zipped(sound_parts(), draw.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])))
    if draw.random() < 0.5:
        entry = content.index(b"PK\x01\x02")
        content[entry + 10 : entry + 12] = struct.pack("<H", draw.choice([1, 6, 8, 9, 93, 95, 98, 99, 65535]))
    return bytes(content)


def _empty_archive(draw: Random) -> bytes:
    end = b"PK\x05\x06" + bytes(18)
    return draw.choice(
        [end, end + bytes(100_000), b"PK\x03\x04", b"PK\x05\x06", zipped({}), b"PK\x03\x04" + bytes(70_000)]
    )


def _garbage(draw: Random) -> bytes:
    start = draw.choice([b"PK\x03\x04", b"PK\x05\x06", _OLE, b"\x89PNG", b"%PDF-1.7", b"\x1f\x8b", b"\x7fELF", b"Rar!"])
    return start + draw.randbytes(draw.randrange(1, 50_000))


def _other_office_file(draw: Random) -> bytes:
    others: list[Parts] = [{"xl/workbook.bin": draw.randbytes(999)}, {"content.xml": b"<x/>", "mimetype": b"x"}]
    others += [{"word/document.xml": b"<x/>"}, {"ppt/presentation.xml": b"<x/>"}, {BOOK: draw.randbytes(500)}]
    books = [_OLE + draw.randbytes(504) + "Workbook".encode("utf-16-le") + draw.randbytes(4000)]
    return draw.choice([*(zipped(parts) for parts in others), *books])


def _encrypted(draw: Random) -> bytes:
    if draw.random() < 0.4:
        return _OLE + draw.randbytes(504) + "EncryptedPackage".encode("utf-16-le") + draw.randbytes(4000)
    content = bytearray(zipped(sound_parts()))
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        content[place + 8] |= 1
        place += 4
    return bytes(content)


# -- text


def _csv_wide(draw: Random) -> bytes:
    wide = b"," * draw.randrange(100_000, 900_000)
    return ",".join(_TITLES).encode() + b"\n" + wide + b"\n" + b"x\n" * draw.randrange(10_000, 200_000)


def _csv_broken(draw: Random) -> bytes:
    line = ",".join(_ROWS[0])
    bad = draw.choice(['"' + "x" * 200_000, '"a"b,c', "\0" * 50, "\r" * 1000, '"""', "\ufeff" * 9, line * 3000])
    return f"{','.join(_TITLES)}\n{line}\n{bad}\n{line}\n".encode()


def _json_deep(draw: Random) -> bytes:
    deep = draw.randrange(5000, 1_000_000)
    opening, closing = draw.choice([("[", "]"), ('{"a":', "}")])
    return (opening * deep + "1" + closing * draw.choice([deep, 0])).encode()


def _json_strange(draw: Random) -> bytes:
    value = draw.choice(
        ["9" * 200_000, "1e999999", "NaN", "-Infinity", '"\\ud800"', '"' + "가" * 300_000 + '"', "null", "[]"]
    )
    emotion = draw.choice([f'{{"type": {value}}}', value])
    record = f'{{"profile": {{"emotion": {emotion}}}, "talk": {{"content": {{"HS01": {value}}}}}}}'
    return f"[{record}]".encode()


KINDS: dict[str, Callable[[Random], bytes]] = {
    made.__name__.removeprefix("_"): made
    for made in (
        *(_far_cell, _far_cell_in_another_extension, _far_cell_behind_blanks, _far_cell_under_a_prefix),
        *(_cells_without_reference, _impossible_reference, _negative_row, _huge_dimension, _many_columns),
        *(_false_unique_count, _shared_string_bomb, _shared_string_absent, _long_text, _invalid_utf8, _false_encoding),
        *(_strange_number, _strange_date, _strange_type, _strange_formula, _style_bomb, _merged_ranges),
        *(_deep_xml, _entity_expansion, _external_entity, _broken_xml, _long_tag),
        *(_zip_bomb, _zip_bomb_that_lies, _truncated, _flipped_bytes, _false_central_directory, _duplicate_parts),
        *(_path_traversal, _missing_part, _false_content_types, _false_links, _many_sheets, _strange_compression),
        *(_empty_archive, _garbage, _other_office_file, _encrypted),
        *(_csv_wide, _csv_broken, _json_deep, _json_strange),
    )
}
"""What makes a file of each kind."""
