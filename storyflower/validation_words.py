"""pydantic's errors in the words of the user's language."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from storyflower.messages import say

_KINDS = ("int", "float", "bool", "string", "tuple", "literal", "dataclass")
"""The beginnings of the types of pydantic's errors, as `int_parsing` or `literal_error`."""
_BOUNDS = {"greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le"}
"""By the type of an error, under which name it holds the bound."""
_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")


def explain(error: ValidationError, fields: Iterable[str] = ()) -> str:
    """A validation error in one line: each field, what is wrong with it, and the value it got.

    Where a field does not exist, the most similar one of `fields` is proposed: dotted names.
    """
    found = []
    for one in error.errors():
        place = ".".join(map(str, one["loc"]))
        given = "" if isinstance(one["input"], dict) else " " + say("field.given", value=repr(one["input"]))
        similar = most_similar(place, fields) if one["type"] in _UNKNOWN else None
        wrong = say("field.misspelt", similar=similar) if similar else what_is_wrong(one)
        found.append(f"{place}: {wrong}{given}" if place else f"{wrong}{given}")
    return "; ".join(found)


def what_is_wrong(one: Any) -> str:
    """One of `ValidationError.errors()` in words; pydantic's own where there are no others."""
    kind = one["type"]
    if kind == "value_error":
        return str(one["ctx"]["error"])
    if kind in _UNKNOWN:
        return say("field.extra")
    if kind in _BOUNDS:
        return say(f"field.{kind}", bound=one["ctx"][_BOUNDS[kind]])
    beginning = kind.partition("_")[0]
    if beginning not in _KINDS:
        return str(one["msg"])
    return say(f"field.{beginning}", expected=one.get("ctx", {}).get("expected", ""))


def most_similar(name: str, fields: Iterable[str]) -> str | None:
    """The dotted name of the field whose own name is most similar to that of `name`; None where none is."""
    known = {dotted.rpartition(".")[2]: dotted for dotted in fields}
    similar = get_close_matches(name.rpartition(".")[2], known, n=1, cutoff=0.5)
    return known[similar[0]] if similar else None
