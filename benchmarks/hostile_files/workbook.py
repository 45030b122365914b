"""The parts of an .xlsx workbook as XML, and how a sound or a changed workbook is put together."""

import io
import zipfile
from collections.abc import Mapping

Parts = dict[str, bytes]
"""The content of an .xlsx by the names of its parts."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
BOOK, BOOK_LINKS, SHEET = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"
STRINGS, STYLES, TYPES = "xl/sharedStrings.xml", "xl/styles.xml", "[Content_Types].xml"
TITLES = ("연령", "성별", "감정_대분류", "사람문장1", "사람문장2")
ROWS = (
    ("청년", "여성", "기쁨", "오늘 합격했어.", "정말 기뻐."),
    ("노년", "남성", "슬픔", "친구가 떠났어.", "보고 싶어."),
)


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return the archive that holds the parts, in their order."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return file.getvalue()


def sheet_xml(rows: str, before: str = "", after: str = "") -> bytes:
    """Return a sheet around the XML of its rows."""
    xml = f'{DECLARATION}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    return xml.encode()


def rows_xml() -> str:
    """A header and two dialogues, as inline strings."""
    return "".join(
        f'<row r="{number}">'
        + "".join(inline(f"{letter}{number}", text) for letter, text in zip("ABCDE", row, strict=True))
        + "</row>"
        for number, row in enumerate((TITLES, *ROWS), start=1)
    )


def inline(address: str, text: str) -> str:
    """Return a cell with an inline string."""
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def sound_parts() -> Parts:
    """Return the parts of a workbook without any fault."""
    kinds = {BOOK: "sheet.main", SHEET: "worksheet", STYLES: "styles", STRINGS: "sharedStrings"}
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
        f'{kind}+xml"/>'
        for part, kind in kinds.items()
    )
    defaults = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    defaults += '<Default Extension="xml" ContentType="application/xml"/>'
    return {
        TYPES: f'{DECLARATION}<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'.encode(),
        "_rels/.rels": links_xml({"rId1": ("officeDocument", BOOK)}),
        BOOK: book_xml({"Sheet1": "rId1"}),
        BOOK_LINKS: links_xml(
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
    """Return the list of sheets: names, and the ids of their links."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="{link}"/>'
        for number, (name, link) in enumerate(sheets.items(), start=1)
    )
    return f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{listed}</sheets></workbook>'.encode()


def strings_xml(texts: list[str], unique: str | None = None) -> bytes:
    """Return the table of shared strings."""
    listed = "".join(f"<si><t>{text}</t></si>" for text in texts)
    count = unique or str(len(texts))
    return f'{DECLARATION}<sst xmlns="{MAIN}" count="{count}" uniqueCount="{count}">{listed}</sst>'.encode()


def links_xml(targets: Mapping[str, tuple[str, str]]) -> bytes:
    """The links of a part, by id: the kind and the target of each."""
    listed = "".join(
        f'<Relationship Id="{name}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'{DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'.encode()


def changed_workbook(**changed: bytes) -> bytes:
    """The sound workbook with some parts changed, named as this module's constants are, in lower case."""
    names = {"book": BOOK, "book_links": BOOK_LINKS, "sheet": SHEET, "strings": STRINGS, "styles": STYLES}
    return zipped(sound_parts() | {names.get(name, name): content for name, content in changed.items()})
