"""What a file really is, whatever its name: told from its bytes before anything is unpacked into memory."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from storyflower.errors import WorkbookError
from storyflower.messages import problem

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_CHUNK = 1 << 20
_BYTES_A_CELL = 32  # what the reader takes for every cell of the block from A1 to the last value
_WORKSHEET = re.compile(rb"<(\w+:)?worksheet[\s>]")


@dataclass
class _Extent:
    """The block of cells, from A1, that a reader lays out for a sheet."""

    rows: int = 0
    columns: int = 0

    def include(self, rows: set[bytes], letters: set[bytes]) -> None:
        self.rows = max([self.rows, *map(int, rows)])
        self.columns = max([self.columns, *map(_column_number, letters)])

    @property
    def size_mb(self) -> float:
        return self.rows * self.columns * _BYTES_A_CELL / 2**20


def is_text(content: bytes, where: str) -> bool:
    """Whether a file is plain text, as CSV and JSON are, and no container.

    Raises:
        WorkbookError: it is empty, or a web page.
    """
    if not content:
        raise problem(WorkbookError, "empty_file", where)
    if content.startswith((_OLE, *_ZIP)):
        return False
    if content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise problem(WorkbookError, "web_page", where)
    return _looks_like_text(content)


def require_workbook(content: bytes, where: str, limit_mb: int) -> None:
    """Raise WorkbookError unless `content` is an intact .xlsx that unpacks to at most `limit_mb` MiB.

    Every XML part is read through once: its checksum shows damage and a false size, and the outermost cells show
    a sheet that would not fit into memory (a reader lays out the whole block from A1 to the last value).
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
                _require_readable(archive, part, where, limit_mb)


def _kind_of_ole(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "encrypted"
    books = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
    return "old_xls" if any(book in content for book in books) else "other_office"


def _looks_like_text(content: bytes) -> bool:
    start = content[:4096]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    printable = not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", start)
    return printable and _decodes(start)


def _decodes(start: bytes) -> bool:
    """Whether the bytes are UTF-8 or CP949 text, a character cut off at the end aside."""
    for encoding in ("utf-8", "cp949"):
        try:
            start.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(start) - 4:
                continue
        return True
    return False


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


def _require_readable(archive: zipfile.ZipFile, part: zipfile.ZipInfo, where: str, limit_mb: int) -> None:
    if part.flag_bits & 1:
        raise problem(WorkbookError, "encrypted", where)
    try:
        extent = _extent(archive, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise problem(WorkbookError, "damaged", where, part=part.filename) from error
    if extent.size_mb <= limit_mb:
        return
    extent = _extent(archive, part, filled_only=True)
    if extent.size_mb > limit_mb:
        raise problem(
            *(WorkbookError, "too_wide", where),
            part=part.filename,
            rows=extent.rows,
            columns=extent.columns,
            limit_mb=limit_mb,
        )


def _extent(archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, filled_only: bool = False) -> _Extent:
    """Read a part to its end, which checks it, and note how far the cells of a sheet reach.

    With `filled_only` the cells without a value do not count (readers leave them out); slower, so asked second.
    """
    extent = _Extent()
    prefix: bytes | None = None
    for block in xml_blocks(archive, part):
        if prefix is None and (worksheet := _WORKSHEET.search(block)):
            prefix = worksheet[1] or b""
        if prefix is None:
            continue
        if filled_only:
            cells = set(_tags(prefix + b"c", rb"([A-Za-z]{1,3})([0-9]{1,7})[\"'][^<>]*(?<!/)>").findall(block))
            extent.include({row for _, row in cells}, {letters for letters, _ in cells})
        else:
            rows = _tags(prefix + b"row", rb"([0-9]{1,7})").findall(block)
            extent.include(set(rows), set(_tags(prefix + b"c", rb"([A-Za-z]{1,3})").findall(block)))
    return extent


@lru_cache
def _tags(name: bytes, reference: bytes) -> re.Pattern[bytes]:
    """Finds the tags `name` by their attribute `r`, in whatever place it stands."""
    return re.compile(rb"<" + name + rb"\s(?:[^<>]*?\s)??r=[\"']" + reference)


def xml_blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The XML of a part in pieces that never cut a tag, unless a tag is longer than a piece."""
    rest = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            head, cut, tail = chunk.rpartition(b"<")
            yield rest + (head if cut else chunk)
            rest = cut + tail if cut else b""
    yield rest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
