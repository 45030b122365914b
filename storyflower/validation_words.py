"""pydantic's errors in the words of the user's language."""

from typing import Any

from pydantic import ValidationError

from storyflower.messages import say

_KINDS = ("int", "float", "bool", "string", "tuple", "literal", "extra")
"""The beginnings of the types of pydantic's errors, as `int_parsing` or `literal_error`."""


def explain(error: ValidationError) -> str:
    """A validation error in one line: each field, what is wrong with it, and the value it got."""
    found = []
    for one in error.errors():
        given = "" if isinstance(one["input"], dict) else " " + say("field.given", value=repr(one["input"]))
        found.append(f"{'.'.join(map(str, one['loc']))}: {what_is_wrong(one)}{given}")
    return "; ".join(found)


def what_is_wrong(one: Any) -> str:
    """One of `ValidationError.errors()` in words; pydantic's own where there are no others."""
    if one["type"] == "value_error":
        return str(one["ctx"]["error"])
    kind = one["type"].partition("_")[0]
    if kind not in _KINDS:
        return str(one["msg"])
    return say(f"field.{kind}", expected=one.get("ctx", {}).get("expected", ""))
