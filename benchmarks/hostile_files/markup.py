"""XML that is broken, deep, or expands."""

from random import Random

from benchmarks.hostile_files.workbook import (
    BOOK,
    BOOK_LINKS,
    SHEET,
    STRINGS,
    STYLES,
    TYPES,
    changed_workbook,
    rows_xml,
    sheet_xml,
    sound_parts,
    zipped,
)


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
    return changed_workbook(sheet=sheet_xml(rows_xml().replace('<row r="1">', f'<row r="1" {attribute}>', 1)))


KINDS = (
    _deep_xml,
    _entity_expansion,
    _external_entity,
    _broken_xml,
    _long_tag,
)
