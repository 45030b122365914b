"""The sentences given to `predict`: arguments that may begin with a hyphen, or lines in one of Korea's encodings."""

import codecs
import json
import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperCommand

from storyflower.data.cleaning import clean
from storyflower.errors import InputError
from storyflower.messages import problem, say

_TABLE_READERS = {".xlsx": "read_excel", ".xlsm": "read_excel", ".xls": "read_excel", ".csv": "read_csv"}
"""The function of pandas that reads a table, by the end of the file's name."""
_OPTION = re.compile(r"--?[A-Za-z][A-Za-z0-9-]*(=.*)?", re.DOTALL)
_LONGEST_NAME = 255
"""Bytes of a file's name; a longer sentence is none."""


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


def given_sentences(arguments: Sequence[str] | None, model: str) -> list[str]:
    """The sentences of the command line, else the lines of standard input that are not blank.

    Args:
        arguments: of the command line.
        model: the one that is asked, for the advice how to ask it about a table.

    Raises:
        InputError: there is none, an argument is blank or a file's name, or standard input is in an unknown encoding.
    """
    if arguments:
        return [_sentence(argument, position, model) for position, argument in enumerate(arguments)]
    if sys.stdin.isatty():
        raise problem(InputError, "no_sentence")
    texts = [line.strip() for line in decoded(sys.stdin.buffer.read()).splitlines() if clean(line)]
    if not texts:
        raise problem(InputError, "no_sentence_in_input", say("standard_input"))
    return texts


def decoded(content: bytes) -> str:
    """Text in UTF-8 or UTF-16 (as PowerShell and Excel write it) or CP949 (as Korean Windows does).

    Raises:
        InputError: it is in none of these.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in content:  # no sentence has it in the other encodings
        encodings = ["utf-16-le" if content[1::2].count(0) >= content[::2].count(0) else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp949"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise problem(InputError, "input_encoding", say("standard_input"))


def _sentence(argument: str, position: int, model: str) -> str:
    place = say("input_position", position=position)
    text = decoded(os.fsencode(argument)) if _is_undecoded(argument) else argument
    if not clean(text):
        raise problem(InputError, "text_blank", place)
    name = argument.strip()
    if reader := _TABLE_READERS.get(Path(name).suffix.lower()):
        raise problem(
            *(InputError, "table_as_sentence", name),
            reader=reader,
            name=repr(name),
            result=f"{Path(name).stem}_answers.xlsx",
            model=json.dumps(model, ensure_ascii=False),
        )
    if _is_file(name):
        raise problem(InputError, "file_as_sentence", name, name=shlex.quote(name))
    return text


def _is_undecoded(argument: str) -> bool:
    """Whether it held bytes that are no UTF-8, which Python keeps as lone surrogates."""
    return any("\udc80" <= character <= "\udcff" for character in argument)


def _is_file(name: str) -> bool:
    if len(os.fsencode(name)) > _LONGEST_NAME or "\0" in name:
        return False
    path = Path(name).expanduser() if name.startswith("~/") else Path(name)
    return path.is_file() or (path.is_dir() and os.sep in name)
