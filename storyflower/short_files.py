"""Files that people write for a command, such as a recipe: short texts, read whole."""

import os
from pathlib import Path

_MOST_BYTES = 1 << 20
"""The longest that is read, in bytes; recipes, search spaces and lists of labels take a few thousand."""


def read_short_text(path: Path) -> str:
    """The text of a UTF-8 file, of a longer one the first MiB; a byte order mark is left out, a pipe is not waited for.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        return file.read(_MOST_BYTES).decode("utf-8-sig")
