"""Every sentence about data, in Korean and in English: looked up by code, in the language in force.

The language is the one given, else the one of the enclosing `speaking`, else `settings().lang`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TypeVar

from storyflower.data.problem_texts import PROBLEMS
from storyflower.data.word_texts import WORDS
from storyflower.errors import StoryFlowerError
from storyflower.settings import settings

Lang = Literal["ko", "en"]
Problem = TypeVar("Problem", bound=StoryFlowerError)

_spoken: ContextVar[Lang | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(lang: Lang | None) -> Iterator[None]:
    """Everything said inside is in `lang`; None leaves the language as it is."""
    token = _spoken.set(lang or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def language(lang: Lang | None = None) -> Lang:
    """The language in force."""
    return lang or _spoken.get() or settings().lang


def problem(kind: type[Problem], code: str, where: str, /, lang: Lang | None = None, **values: Any) -> Problem:
    """The error of class `kind` that stands under `code` in the table of problems, its gaps filled with `values`."""
    what, remedy = PROBLEMS[code][language(lang)]
    return kind(what.format(**values), where=where, remedy=remedy.format(**values))


def say(code: str, /, lang: Lang | None = None, **values: Any) -> str:
    """The word or sentence that stands under `code` in the table of words, its gaps filled with `values`."""
    return WORDS[code][language(lang)].format(**values)
