"""Every kind of file that is no intact workbook is refused with one clear error, before it is unpacked."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from storyflower.data.containers import is_text, require_workbook
from storyflower.errors import WorkbookError

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
MIB = 64


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")


def workbook_bytes(cells: dict[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for place, value in (cells or {"A1": "머리글", "A2": "값"}).items():
        sheet[place] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def corrupt_member() -> bytes:
    stored = bytearray(zipped(parts_of(workbook_bytes()), zipfile.ZIP_STORED))
    stored[stored.index(b"<sheetData>") + 3] ^= 1
    return bytes(stored)


def encrypted_member() -> bytes:
    content = bytearray(zipped(parts_of(workbook_bytes())))
    start = content.index(b"PK\x01\x02")
    content[start + 8] |= 1
    return bytes(content)


REFUSED: dict[str, tuple[bytes, str]] = {
    "old xls": (OLE + "Workbook".encode("utf-16-le"), "old-style .xls"),
    "password": (OLE + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "hwp or doc": (OLE + "WordDocument".encode("utf-16-le"), "another kind of document"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not an Excel workbook"),
    "truncated": (workbook_bytes()[:-200], "cut off or damaged"),
    "corrupt member": (corrupt_member(), "'xl/worksheets/sheet1.xml' of the file is damaged"),
    "encrypted member": (encrypted_member(), "protected with a password"),
    "plain zip": (zipped({"a.txt": b"a"}), "not an Excel workbook: ZIP"),
    "docx": (zipped({"word/document.xml": b"<w/>"}), "not an Excel workbook: Word"),
    "xlsb": (zipped({"xl/workbook.bin": b"\0"}), r"\.xlsb files are not read"),
    "ods": (zipped({"mimetype": b"", "content.xml": b""}), "OpenDocument"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused(kind: str) -> None:
    content, message = REFUSED[kind]
    with pytest.raises(WorkbookError, match=message) as refused:
        require_workbook(content, "book.xlsx", MIB)
    assert refused.value.where == "book.xlsx"
    assert refused.value.remedy


def test_text_is_distinguished_from_containers_by_its_bytes() -> None:
    for text in (b"a,b\n", "연령,감정\n".encode("cp949") * 900, "연령\t감정".encode("utf-16"), "\ufeff[".encode()):
        assert is_text(text, "name")
    for other in (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), OLE, workbook_bytes()):
        assert not is_text(other, "name")
    with pytest.raises(WorkbookError, match="web page"):
        is_text("\ufeff\n<html><table>".encode(), "name")
    with pytest.raises(WorkbookError, match="the file is empty"):
        is_text(b"", "name")


def test_an_intact_workbook_passes() -> None:
    require_workbook(workbook_bytes(), "book.xlsx", MIB)


def test_a_zip_bomb_is_refused_by_its_declared_size() -> None:
    bomb = zipped(parts_of(workbook_bytes()) | {"xl/media/bomb.bin": bytes(80 << 20)})
    assert len(bomb) < 1 << 20
    with pytest.raises(WorkbookError, match=r"unpacks to 80 MB, above the limit of 64 MB"):
        require_workbook(bomb, "book.xlsx", MIB)


def test_a_bomb_that_lies_about_its_size_is_refused_too() -> None:
    content = bytearray(zipped(parts_of(workbook_bytes()) | {"xl/sharedStrings.xml": bytes(8 << 20)}))
    entry = content.index(b"xl/sharedStrings.xml", content.index(b"PK\x01\x02")) - 46
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    with pytest.raises(WorkbookError, match=r"'xl/sharedStrings.xml' of the file is damaged"):
        require_workbook(bytes(content), "book.xlsx", MIB)


@pytest.mark.parametrize("shared_file", ["corpus/open_Training.xlsx", "corpus/open_Validation.xlsx"])
def test_the_real_workbooks_pass(shared: Path, shared_file: str) -> None:
    require_workbook((shared / shared_file).read_bytes(), shared_file, MIB)
