"""Content digests: of files and of JSON-able values."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO


def digest_of(value: Any) -> str:
    """SHA-256 (hex) of a JSON-able value, independent of the order of its keys."""
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def digest_of_lists(lists: Iterable[Iterable[list[str]]]) -> str:
    """The digest that `digest_of` gives of lists of texts, each given in parts, which need not all be in memory."""
    digest = hashlib.sha256()
    for number, parts in enumerate(lists):
        digest.update(b",[" if number else b"[[")
        begun = False
        for part in filter(None, parts):
            content = json.dumps(part, ensure_ascii=False, separators=(",", ":"))[1:-1]
            digest.update(f",{content}".encode() if begun else content.encode())
            begun = True
        digest.update(b"]")
    digest.update(b"]")
    return digest.hexdigest()


def digest_of_files(sha256s: Iterable[str]) -> str:
    """The SHA-256 of one file; of several, a digest of theirs, whatever their order."""
    digests = sorted(sha256s)
    return digests[0] if len(digests) == 1 else digest_of(digests)


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class HashingStream:
    """Passes what is written on to a binary file and hashes it, so that the file need not be read again."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def write(self, content: bytes) -> int:
        """Write as the file does; returns the number of bytes written."""
        self._hash.update(content)
        return self._stream.write(content)

    def flush(self) -> None:
        """Flush the file."""
        self._stream.flush()

    def sha256(self) -> str:
        """SHA-256 (hex) of all that was written."""
        return self._hash.hexdigest()


def unchanged_file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, computed once in a process while inode, size and times of the file are the same.

    For inputs that others change by writing them. A damaged disk changes none of the three: what is verified is read.
    """
    return _sha256_of(path, FileState.of(path))


@dataclass(frozen=True)
class FileState:
    """The values of a file that change when it is written or replaced."""

    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """The present state of a file."""
        found = path.stat()
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(maxsize=256)
def _sha256_of(path: Path, _state: FileState) -> str:
    return file_sha256(path)
