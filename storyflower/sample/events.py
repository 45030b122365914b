"""The word lists of `phrases.toml`, and the events in them that a dialogue can be about."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Event(NamedTuple):
    """Something that happened to people of some ages."""

    keyword: str
    ages: frozenset[str]
    minors: dict[str, frozenset[str]]
    """Major emotions that it may lead to, each with its minors that fit."""
    phrase: str

    def suits(self, major: str, age: str, *, is_open: bool) -> bool:
        """Whether it may lead a person of that age to that emotion, alone or (open) among others."""
        return major in self.minors and age in self.ages and (len(self.minors) > 1) == is_open


@cache
def phrases() -> dict[str, Any]:
    """The word lists."""
    return tomllib.loads(files("storyflower.sample").joinpath("phrases.toml").read_text("utf-8"))


@cache
def events() -> tuple[Event, ...]:
    """Everything that may have happened."""
    return tuple(
        Event(situation["keyword"], frozenset(situation["ages"]), dict(map(_minors, emotions.split())), phrase)
        for situation in phrases()["situations"]
        for emotions, happened in situation.items()
        if emotions not in ("keyword", "ages")
        for phrase in happened
    )


def _minors(emotion: str) -> tuple[str, frozenset[str]]:
    """The major that a major or a variant stands for, and the minors that it covers."""
    variant = phrases()["variants"].get(emotion)
    if variant:
        return variant["major"], frozenset(variant["minors"])
    return emotion, frozenset(phrases()["named"][emotion])
