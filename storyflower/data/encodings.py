"""The encoding of a text file, found by reading it once, a piece at a time."""

import codecs
from collections.abc import Iterator
from typing import IO

_CHUNK = 1 << 20
_UTF16_LEAST_ZEROS = 256
"""Bytes of text in UTF-16 among which one at least is zero: a blank, comma or line feed in 128 characters."""
_UTF16_MOSTLY_ASCII = 4
"""Bytes among which one at least is zero in such text; other text in UTF-16 is no valid UTF-8, which is tried first."""


class UnknownEncoding(Exception):  # noqa: N818 - the caller turns it into an error that users read
    """A file is in none of the known encodings.

    line: number of the first line (from 1) that cannot be read, in the encoding that reads the most.
    """

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


def encoding_of(file: IO[bytes]) -> str:
    """UTF-16 (with its mark or without), UTF-8 (likewise) or CP949: the first in which a file is readable to its end.

    Raises:
        UnknownEncoding: none is.
    """
    line = 1
    for encoding in _likely(file):
        failed = _first_unreadable_line(file, encoding)
        if failed is None:
            return encoding
        line = max(line, failed)
    raise UnknownEncoding(line)


def looks_like_utf16(head: bytes) -> bool:
    """Whether the beginning of a file is text in UTF-16 without a mark, in which blanks and commas have a zero byte."""
    zeros = head.count(0)
    if zeros * _UTF16_LEAST_ZEROS < len(head) or zeros == len(head):
        return False
    even = head[: len(head) // 2 * 2]
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = even.decode(encoding)
        except UnicodeDecodeError as error:
            text = even[: error.start].decode(encoding) if error.start >= len(even) - 4 else "\0"
        if text.isprintable() or all(character.isprintable() or character in "\t\r\n\ufeff" for character in text):
            return True
    return False


def _likely(file: IO[bytes]) -> tuple[str, ...]:
    file.seek(0)
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return ("utf-16",)
    even = odd = size = 0
    for chunk in _chunks(file):
        even, odd, size = even + chunk[::2].count(0), odd + chunk[1::2].count(0), size + len(chunk)
    zeros = even + odd
    if not zeros or zeros * _UTF16_LEAST_ZEROS < size:  # stray zero bytes, as a text has in no other encoding
        return ("utf-8-sig", "cp949")
    utf16 = "utf-16-le" if odd >= even else "utf-16-be"
    return (utf16,) if zeros * _UTF16_MOSTLY_ASCII >= size else ("utf-8-sig", utf16)


def _first_unreadable_line(file: IO[bytes], encoding: str) -> int | None:
    """The number of the line (from 1) in which a file cannot be read; None where it can be to its end."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    for chunk in _chunks(file):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return lines + error.object[: error.start].count(b"\n")
        lines += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return lines
    return None


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file from its beginning, an even number at a time."""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk
