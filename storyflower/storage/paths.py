"""Finds files by paths as users type them: either Unicode form, `~`, and wildcards besides names with brackets."""

import fnmatch
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

WILDCARDS = re.compile(r"[*?[]")


def typed_path(location: str) -> Path:
    """Return the path, with a leading `~` replaced by the home folder unless a file has that name."""
    path = Path(location)
    if not location.startswith("~") or path.exists():
        return path
    try:
        return path.expanduser()
    except RuntimeError:  # there is no such user; a name may begin with `~` too
        return path


def existing_path(location: str) -> Path | None:
    """Return the file or folder at a path, in either Unicode form of its parts (macOS writes NFD); None if missing.

    Raises:
        OSError: a folder of the path may not be read.
    """
    path = typed_path(location)
    found: Path | None = Path(path.anchor)
    for part in _parts(path):
        found = _entry(found, part) if found is not None else None
    return found


def matching_paths(location: str) -> Iterator[Path]:
    """Yield the paths that a glob matches; a part that is the exact name of an entry is not treated as a pattern.

    `**` stands for any number of folders.

    Raises:
        OSError: a folder may not be read.
    """
    path = typed_path(location)
    yield from _matching(Path(path.anchor), _parts(path))


def _parts(path: Path) -> tuple[str, ...]:
    return path.parts[1:] if path.anchor else path.parts


def _matching(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    if entry := _entry(folder, part):
        yield from _matching(entry, rest)
    elif part == "**":
        for below, _, _ in os.walk(folder):
            yield from _matching(Path(below), rest)
    elif WILDCARDS.search(part) and folder.is_dir():
        matching = re.compile(fnmatch.translate(_composed(part))).match
        for entry in folder.iterdir():
            if matching(_composed(entry.name)):
                yield from _matching(entry, rest)


def _entry(folder: Path, name: str) -> Path | None:
    """Return the entry of a folder with a name, in either Unicode form; None if there is none."""
    entry = folder / name
    if entry.exists():
        return entry
    if name.isascii() or not folder.is_dir():
        return None
    return next((other for other in folder.iterdir() if _composed(other.name) == _composed(name)), None)


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
