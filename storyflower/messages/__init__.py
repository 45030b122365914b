"""Every sentence that people read, in Korean and in English: looked up by code, in the language in force.

The language is the one given, else the one of the enclosing `speaking`, else `STORYFLOWER_LANG`, else Korean. The
variable is read directly, not through the settings: the packages that run without pydantic have messages too.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TypeVar, get_args

from storyflower.errors import StoryFlowerError
from storyflower.messages.problems import PROBLEMS
from storyflower.messages.words import WORDS
from storyflower.redaction import redacted

Lang = Literal["ko", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
Problem = TypeVar("Problem", bound=StoryFlowerError)

_spoken: ContextVar[Lang | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(lang: Lang | None) -> Iterator[None]:
    """Messages made inside the block are in `lang`; None leaves the language as it is."""
    token = _spoken.set(lang or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def language(lang: Lang | None = None) -> Lang:
    """The language in force. A value of `STORYFLOWER_LANG` that is no language is refused by the settings, not here."""
    return lang or _spoken.get() or ("en" if os.environ.get("STORYFLOWER_LANG") == "en" else "ko")


def problem(kind: type[Problem], code: str, where: str = "", /, lang: Lang | None = None, **values: Any) -> Problem:
    """The error of class `kind` that stands under `code` in the table of problems, its gaps filled with `values`."""
    what, remedy = PROBLEMS[code][language(lang)]
    return kind(what.format(**values), where=where, remedy=remedy.format(**values))


def say(code: str, /, lang: Lang | None = None, **values: Any) -> str:
    """The word or sentence that stands under `code` in the table of words, its gaps filled with `values`.

    Exceptions among the values are those of libraries, which repeat addresses: without their secrets here.
    """
    safe = {name: redacted(str(value)) if isinstance(value, BaseException) else value for name, value in values.items()}
    return WORDS[code][language(lang)].format(**safe)
