"""Standard output that takes every character, and whose failures say that it is standard output."""

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storyflower.errors import StorageError
from storyflower.messages import problem

_ESCAPED = "storyflower-escaped"


@contextmanager
def checked_output() -> Iterator[None]:
    """Replace standard output by one whose failure is a StorageError: an OSError without a name would blame the home.

    What is left to be written at the end is written here, where a failure becomes a message; Python itself would show
    a traceback. A reader that is gone (`| head`) gets no message.
    """
    codecs.register_error(_ESCAPED, _escaped)
    sys.stdout = _checked(sys.stdout)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except StorageError as error:
        sys.exit(f"✗ {error}")
    except BrokenPipeError:
        sys.exit(1)


def _checked(stream: object) -> io.TextIOWrapper:
    """The same stream, checked; where there is none (`>&-`), one that drops what is written."""
    if not isinstance(stream, io.TextIOWrapper):
        return Path(os.devnull).open("w", encoding="utf-8")
    stream.flush()
    below: Any = stream.buffer
    checked: Any = _Checked(getattr(below, "raw", below))  # unbuffered Python (`-u`) has no buffer in between
    return io.TextIOWrapper(
        io.BufferedWriter(checked) if hasattr(below, "raw") else checked,
        encoding=stream.encoding,
        errors=_ESCAPED,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _Checked(io.RawIOBase):
    """Writes to another raw stream; after a failure, which is reported once, everything is dropped."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self._failed = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Any, /) -> int | None:
        size = memoryview(data).nbytes
        if self._failed:
            return size
        try:
            return self._raw.write(data)
        except OSError as error:
            self._failed = size > 0  # typer writes nothing first, to see what kind of stream it is
            if isinstance(error, BrokenPipeError):
                raise
            raise problem(StorageError, "output_unwritable", reason=error.strerror) from error


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Characters that the encoding lacks, as JSON escapes them: `--json` stays JSON, and people can read the rest."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2)), error.end
