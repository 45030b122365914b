"""Checks by SHA-256 that the files of a model directory are those that training wrote.

A registered version carries the digests in a file of its own. They are compared when the version is loaded: 400 MB take
0.3 s of one core. Files that were found intact are read again after they have been written or replaced.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storyflower.digests import FileState, digest_of, file_sha256
from storyflower.errors import EncoderError
from storyflower.messages import problem, say

DIGESTS_FILE = "digests.json"
"""In the model directory of a registered version: the SHA-256 of every other file, by name, as JSON."""

CARD_FILE = "README.md"
"""The model card of a registered version, under the name by which the Hugging Face Hub finds it."""

WEIGHTS_FILE = "model.safetensors"

FORMAT_FILE = "format.json"
"""The version of a model directory's layout; not part of a model's digest, since it does not change the predictions."""

_seen_intact: dict[Path, frozenset[tuple[str, str, FileState]]] = {}
"""Directories that this process has found intact: name, SHA-256 and state of the files, when they were last read."""


@dataclass(frozen=True)
class Differences:
    """The differences of a directory from the expected files."""

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


def model_files_in(directory: Path) -> dict[str, str]:
    """The SHA-256 of a model's files by name, without those that its registration adds: the card and the digests."""
    return {name: sha for name, sha in file_digests(directory).items() if name not in (CARD_FILE, DIGESTS_FILE)}


def model_digest_of(files: Mapping[str, str]) -> str:
    """The digest under which a model is registered, of the SHA-256 of its files by their names in its directory."""
    return digest_of({f"model/{name}": sha256 for name, sha256 in files.items() if name != FORMAT_FILE})


def differences(directory: Path, expected: Mapping[str, str]) -> Differences:
    """Find the expected files, by name with their SHA-256, that are missing or altered; further files are ignored.

    A directory that this process has found intact is not read again while the states of its files are the same.
    """
    there = {name: directory / name for name in sorted(expected) if (directory / name).is_file()}
    missing = tuple(name for name in sorted(expected) if name not in there)
    # Before the files are read: one that is written meanwhile has another state the next time.
    found = frozenset((name, expected[name], FileState.of(file)) for name, file in there.items())
    if not missing and _seen_intact.get(directory.resolve()) == found:
        return Differences()
    altered = tuple(name for name, file in there.items() if file_sha256(file) != expected[name])
    if not (missing or altered):
        _seen_intact[directory.resolve()] = found
    return Differences(missing, altered)


def recorded_digests(directory: Path) -> dict[str, str] | None:
    """Read `DIGESTS_FILE`; None if it is missing, as in versions of earlier commits, or damaged."""
    try:
        kept = json.loads((directory / DIGESTS_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return {str(name): str(sha256) for name, sha256 in kept.items()} if isinstance(kept, dict) else None


def require_recorded(directory: Path) -> None:
    """Compare a directory with its own `DIGESTS_FILE`; a directory without the file is accepted.

    Raises:
        EncoderError: files are missing or altered.
    """
    found = differences(directory, recorded_digests(directory) or {})
    if found:
        raise problem(EncoderError, "model_files_broken", str(directory), files=in_words(found))


def in_words(found: Differences) -> str:
    """A sentence with the names of the missing and altered files."""
    parts = [("files.missing", found.missing), ("files.altered", found.altered)]
    return "; ".join(say(code, names=", ".join(names)) for code, names in parts if names)
