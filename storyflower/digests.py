"""Content digests: of files and of JSON-able values."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def digest_of(value: Any) -> str:
    """SHA-256 (hex) of a JSON-able value, independent of the order of its keys."""
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def digest_of_files(sha256s: Iterable[str]) -> str:
    """The SHA-256 of one file; of several, a digest of theirs, whatever their order."""
    digests = sorted(sha256s)
    return digests[0] if len(digests) == 1 else digest_of(digests)


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
