"""Archives that are damaged, lie about their content, or are no workbooks."""

import io
import struct
import zipfile
from random import Random

from benchmarks.hostile_files.workbook import (
    BOOK,
    BOOK_LINKS,
    SHEET,
    STRINGS,
    STYLES,
    TYPES,
    Parts,
    book_xml,
    links_xml,
    sheet_xml,
    sound_parts,
    zipped,
)

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


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
    parts[BOOK_LINKS] = links_xml({f"s{number}": ("worksheet", "worksheets/sheet1.xml") for number in range(count)})
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


KINDS = (
    _zip_bomb,
    _zip_bomb_that_lies,
    _truncated,
    _flipped_bytes,
    _false_central_directory,
    _duplicate_parts,
    _path_traversal,
    _missing_part,
    _false_content_types,
    _false_links,
    _many_sheets,
    _strange_compression,
    _empty_archive,
    _garbage,
    _other_office_file,
    _encrypted,
)
