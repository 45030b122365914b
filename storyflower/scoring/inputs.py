"""The input of a scoring: where it lies on this machine, and what kind of file it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storyflower.data.containers import HEAD_BYTES, is_text, require_known_kind
from storyflower.data.encodings import looks_like_utf16
from storyflower.data.workbook import size_of_regular
from storyflower.digests import file_sha256
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted
from storyflower.storage.locations import local_file
from storyflower.storage.unreached import not_readable

Kind = Literal["xlsx", "csv", "parquet"]

_PARQUET = b"PAR1"
_LARGEST_MB = 65_536
"""Of a file that is downloaded."""


@dataclass(frozen=True)
class Input:
    """A file to score."""

    path: Path
    location: str
    kind: Kind
    sha256: str


def found_input(location: str, downloads: Path, json_code: str = "score_json") -> Input:
    """The file at a path or address, its kind recognised by its bytes and not by its name.

    Args:
        location: path or address.
        downloads: where a file at an address is kept.
        json_code: of the problem with a JSON file.

    Raises:
        WorkbookError: there is none, it may not be read, or it is of no kind that can be scored.
    """
    path = local_file(location, downloads, _LARGEST_MB)
    try:
        size_of_regular(path, location)
        with path.open("rb") as file:
            kind = _kind(file.read(HEAD_BYTES), location, json_code)
        sha256 = file_sha256(path)
    except OSError as error:
        raise not_readable(error, location) from error
    return Input(path, location, kind, sha256)


def _kind(head: bytes, location: str, json_code: str) -> Kind:
    where = pasted(location)
    if head.startswith(_PARQUET):
        return "parquet"
    if looks_like_utf16(head):
        return "csv"
    require_known_kind(head, where)
    if not is_text(head, where):
        return "xlsx"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"[", b"{")):
        raise problem(WorkbookError, json_code, where)
    return "csv"
