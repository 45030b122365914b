"""Whether the files of a model directory are those that training left, by their SHA-256.

A registered version carries the digests in a file of its own. They are compared when the version is loaded, wherever
that is: 400 MB take 0.3 s of one core.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storyflower.digests import digest_of, file_sha256
from storyflower.errors import EncoderError
from storyflower.messages import problem, say

DIGESTS_FILE = "digests.json"
"""What a version's model directory holds beside the model: the SHA-256 of every other file, by name, as JSON."""

FORMAT_FILE = "format.json"
"""The version of a model directory's layout; no part of a model's digest, since it does not change the answers."""

_seen_intact: set[tuple[Path, str]] = set()
"""Directories, with the digest of what they should hold, that this process has found intact."""


@dataclass(frozen=True)
class Differences:
    """In what a directory differs from what it should hold."""

    missing: tuple[str, ...] = ()
    """Names of files, relative to the directory."""
    altered: tuple[str, ...] = ()
    """Likewise."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.altered)


def file_digests(directory: Path) -> dict[str, str]:
    """The SHA-256 of every file below a directory, by its name relative to it."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): file_sha256(path) for path in files}


def model_digest_of(files: Mapping[str, str]) -> str:
    """The digest under which a model is registered, of the SHA-256 of its files by their names in its directory."""
    return digest_of({f"model/{name}": sha256 for name, sha256 in files.items() if name != FORMAT_FILE})


def differences(directory: Path, expected: Mapping[str, str]) -> Differences:
    """Which of the expected files, by name with their SHA-256, are missing or altered; further files do not count.

    What was found intact once in this process is not read again.
    """
    key = (directory.resolve(), model_digest_of(expected))
    if key in _seen_intact:
        return Differences()
    missing = tuple(name for name in sorted(expected) if not (directory / name).is_file())
    there = (name for name in sorted(expected) if name not in missing)
    altered = tuple(name for name in there if file_sha256(directory / name) != expected[name])
    if not (missing or altered):
        _seen_intact.add(key)
    return Differences(missing, altered)


def recorded_digests(directory: Path) -> dict[str, str] | None:
    """What `DIGESTS_FILE` says; None where there is none, as in versions of before it was written, or it is damaged."""
    try:
        kept = json.loads((directory / DIGESTS_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return {str(name): str(sha256) for name, sha256 in kept.items()} if isinstance(kept, dict) else None


def require_recorded(directory: Path) -> None:
    """Compare a directory with its own `DIGESTS_FILE`; one without is taken as it is.

    Raises:
        EncoderError: files are missing or altered.
    """
    found = differences(directory, recorded_digests(directory) or {})
    if found:
        raise problem(EncoderError, "model_files_broken", str(directory), files=in_words(found))


def in_words(found: Differences) -> str:
    """The names of the files, and what is wrong with them."""
    parts = [("files.missing", found.missing), ("files.altered", found.altered)]
    return "; ".join(say(code, names=", ".join(names)) for code, names in parts if names)
