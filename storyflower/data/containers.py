"""The kind of a file, recognised by its bytes and not by its name, before anything is unpacked into memory."""

import io
import re
import zipfile
import zlib

from storyflower.data.encodings import looks_like_utf16
from storyflower.errors import WorkbookError
from storyflower.messages import problem

HEAD_BYTES = 4096
"""Bytes at the beginning of a file from which its kind is recognised."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_CHUNK = 1 << 20


def require_known_kind(content: bytes, where: str) -> None:
    """Raise WorkbookError where the beginning of a file shows that it is neither text nor a zip or Office file."""
    if not is_text(content, where) and not content.startswith((_OLE, *_ZIP)):
        raise problem(WorkbookError, "unknown_type", where)


def is_text(content: bytes, where: str) -> bool:
    """Whether a file is plain text, as CSV and JSON are, and no container.

    Raises:
        WorkbookError: it is empty, or a web page, or its beginning is text in none of the known encodings.
    """
    if not content:
        raise problem(WorkbookError, "empty_file", where)
    if content.startswith((_OLE, *_ZIP)):
        return False
    if content[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise problem(WorkbookError, "web_page", where)
    start = content[:HEAD_BYTES]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if looks_like_utf16(start):
        return True
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", start):
        return False
    unreadable = _unreadable_from(start)
    if unreadable is not None:
        raise problem(WorkbookError, "unknown_encoding", where, line=start.count(b"\n", 0, unreadable) + 1)
    return True


def require_workbook(content: bytes, where: str, limit_mb: int) -> None:
    """Raise WorkbookError unless `content` is an .xlsx that declares to unpack to at most `limit_mb` MiB, undamaged.

    Every XML part is read through once, since its checksum shows damage; what memory and time that takes, and what a
    reader makes of the content, is bounded by the reader process.
    """
    if content.startswith(_OLE):
        raise problem(WorkbookError, _kind_of_ole(content), where)
    if not content.startswith(_ZIP):
        raise problem(WorkbookError, "unknown_type", where)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise problem(WorkbookError, "truncated", where) from error
    with archive:
        _require_excel(set(archive.namelist()), where)
        size_mb = sum(part.file_size for part in archive.infolist()) / 2**20
        if size_mb > limit_mb:
            raise problem(WorkbookError, "too_large", where, size_mb=size_mb, limit_mb=limit_mb)
        for part in archive.infolist():
            if part.filename.endswith((".xml", ".rels")):
                _require_undamaged(archive, part, where)


def _kind_of_ole(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "encrypted"
    books = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
    return "old_xls" if any(book in content for book in books) else "other_office"


def _unreadable_from(start: bytes) -> int | None:
    """The first byte that is no text in UTF-8 or CP949, whichever reads more; a character cut off at the end aside."""
    readable = 0
    for encoding in ("utf-8", "cp949"):
        try:
            start.decode(encoding)
        except UnicodeDecodeError as error:
            readable = max(readable, error.start)
            if error.start < len(start) - 4:
                continue
        return None
    return readable


def _require_excel(names: set[str], where: str) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise problem(WorkbookError, "unsupported", where, kind=".xlsb")
    if "content.xml" in names:
        raise problem(WorkbookError, "unsupported", where, kind="OpenDocument (.ods)")
    kinds = {"word/document.xml": "Word (.docx)", "ppt/presentation.xml": "PowerPoint (.pptx)"}
    kind = next((kind for part, kind in kinds.items() if part in names), "ZIP")
    raise problem(WorkbookError, "not_a_workbook", where, kind=kind)


def _require_undamaged(archive: zipfile.ZipFile, part: zipfile.ZipInfo, where: str) -> None:
    if part.flag_bits & 1:
        raise problem(WorkbookError, "encrypted", where)
    try:
        with archive.open(part) as file:
            while file.read(_CHUNK):
                pass
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise problem(WorkbookError, "damaged", where, part=part.filename) from error
