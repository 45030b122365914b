"""Files and folders that appear whole or not at all: written under another name beside their place, and renamed."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

LONGEST_NAME = 255
"""Bytes of the name of a file, on the file systems in use."""
DRAFT = ".tmp"
"""End of a draft's name. A process that is killed leaves its drafts behind."""


def within_bytes(name: str, most: int) -> str:
    """The beginning of a name that takes at most so many bytes: a syllable of Hangul takes three."""
    encoded = os.fsencode(name)
    return name if len(encoded) <= most else encoded[:most].decode(sys.getfilesystemencoding(), "ignore")


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """The path of a draft to write within the block; the file takes the place of `path` at the end of the block.

    A reader sees the former content or the new one, never a part. When the block raises, `path` stays as it was and
    the draft is removed.

    Raises:
        OSError: the draft cannot take the place of `path`.
    """
    with draft_beside(path) as draft:
        yield draft
        draft.replace(path)


def write_privately(file: Path, text: str) -> None:
    """Write a file that its owner alone may read from its first moment on; readers see it whole or not at all."""
    with write_atomically(file) as draft:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as target:
            target.write(text)


@contextmanager
def draft_beside(path: Path) -> Iterator[Path]:
    """A name in the folder of `path` that no other draft has, for a file or folder that the block makes and renames.

    What is still under that name at the end of the block is removed.
    """
    begin = within_bytes(path.name, LONGEST_NAME - len(f".12345678{DRAFT}"))
    draft = path.with_name(f"{begin}.{uuid4().hex[:8]}{DRAFT}")
    try:
        yield draft
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)


def replace_folder(draft: Path, folder: Path) -> None:
    """Give a finished draft the name of `folder`, whose former content is removed; for a moment there is none.

    Raises:
        OSError: the draft cannot take its place.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with draft_beside(folder) as former:
        if folder.exists():
            folder.rename(former)
        draft.rename(folder)


def sync(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk: a rename then outlasts a power cut.

    Windows has no such call for folders, and needs none.
    """
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
