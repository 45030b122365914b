"""The sentences given to `predict`: arguments that may begin with a hyphen, or lines in one of Korea's encodings."""

import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from typer.core import TyperCommand

from storyflower.cleaning import clean
from storyflower.data.encodings import UnknownEncoding, encoding_of
from storyflower.errors import InputError
from storyflower.messages import problem, say
from storyflower.quoting import quoted
from storyflower.storage.locations import require_usable

_TABLES = (".xlsx", ".xlsm", ".xls", ".csv", ".parquet")
"""Ends of the names of files that are scored, not asked about."""
_OPTION = re.compile(r"--?[A-Za-z][A-Za-z0-9-]*(=.*)?", re.DOTALL)
_LONGEST_NAME = 255
"""Bytes of a file's name; a longer sentence is none."""
_CHUNK = 1 << 20
_KEPT_IN_MEMORY = 8 << 20
"""Bytes of standard input; more of it lies in a temporary file."""


class SentenceCommand(TyperCommand):
    """A command of which an argument such as `-_- 짜증나` is a sentence: only what looks like an option is one."""

    # Typer brings a click of its own or uses the installed one, by its version: their contexts are different classes.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as click does, which refuses what begins with a hyphen if any of that looks like an unknown option."""
        known = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        before = args[: args.index("--")] if "--" in args else args
        names = {argument.partition("=")[0] for argument in before if _OPTION.fullmatch(argument)}
        ctx.ignore_unknown_options = names <= known
        return super().parse_args(ctx, args)


@dataclass(frozen=True)
class Sentences:
    """Sentences to be answered, as many times as they are iterated: in memory, or line by line from a file."""

    count: int
    read: Callable[[], Iterator[str]]
    close: Callable[[], None] = lambda: None
    """Lets go of the file."""

    def batches(self, size: int) -> Iterator[list[str]]:
        """The sentences in their order, so many at a time."""
        texts = self.read()
        while batch := list(islice(texts, size)):
            yield batch


def given_sentences(arguments: Sequence[str] | None, model: str) -> Sentences:
    """The sentences of the command line, else the lines of standard input that are not blank.

    A line ends with a line feed, a carriage return or both, as in any text file; U+2028, NEL and form feeds stand
    inside a sentence. Standard input is copied to a temporary file, so that it is known to be readable to its end
    before the first sentence is answered, and takes no memory.

    Args:
        arguments: of the command line.
        model: the model in use, named in the advice on how to answer a table.

    Raises:
        InputError: there is none, an argument is blank or a file's name, or standard input is in an unknown encoding.
        WorkbookError: an argument is a file's name that is not UTF-8.
    """
    if arguments:
        texts = [_sentence(argument, position, model) for position, argument in enumerate(arguments)]
        return Sentences(len(texts), lambda: iter(texts))
    if sys.stdin.isatty():
        raise problem(InputError, "no_sentence")
    copy = SpooledTemporaryFile(_KEPT_IN_MEMORY)  # noqa: SIM115  # closed with the sentences
    try:
        shutil.copyfileobj(sys.stdin.buffer, copy, _CHUNK)
        encoding = _encoding(copy)
        count = sum(1 for _ in _lines(copy, encoding))
        if not count:
            raise problem(InputError, "no_sentence_in_input", say("standard_input"))
    except BaseException:
        copy.close()
        raise
    return Sentences(count, lambda: _lines(copy, encoding), copy.close)


def decoded(content: bytes) -> str:
    """Text in UTF-8 or UTF-16 (as PowerShell and Excel write it) or CP949 (as Korean Windows does).

    Raises:
        InputError: it is in none of these.
    """
    return content.decode(_encoding(io.BytesIO(content)))


def _lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """The lines that are not blank, from the beginning of a file, without blanks at their ends."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding)
    try:
        yield from (line.strip() for line in text if clean(line))
    finally:
        if not file.closed:  # as it is after an interruption
            text.detach()  # or the file would be closed with it


def _encoding(file: IO[bytes]) -> str:
    """The first of the encodings in which a file can be read to its end."""
    try:
        return encoding_of(file)
    except UnknownEncoding:
        raise problem(InputError, "input_encoding", say("standard_input")) from None


def _sentence(argument: str, position: int, model: str) -> str:
    place = say("input_position", position=position)
    has_other_bytes = any("\udc80" <= character <= "\udcff" for character in argument)  # than UTF-8: lone surrogates
    text = decoded(os.fsencode(argument)) if has_other_bytes else argument
    if not clean(text):
        raise problem(InputError, "text_blank", place)
    name = argument.strip()
    if Path(name).suffix.lower() in _TABLES:
        command = f"storyflower score {quoted(require_usable(name))} --model {quoted(model)}"
        raise problem(InputError, "table_as_sentence", name, command=command)
    if _is_file(name):
        raise problem(InputError, "file_as_sentence", name, name=shlex.quote(require_usable(name)))
    return text


def _is_file(name: str) -> bool:
    if len(os.fsencode(name)) > _LONGEST_NAME or "\0" in name:
        return False
    path = Path(name).expanduser() if name.startswith("~/") else Path(name)
    return path.is_file() or (path.is_dir() and os.sep in name)
