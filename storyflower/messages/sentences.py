"""Sentences that are kept and shown later, perhaps in another language: their code and values, not their wording."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storyflower.messages import say

_AS_WRITTEN = "as_written"


@dataclass(frozen=True)
class Sentence:
    """A sentence of the table of words by its code; `str` gives its wording in the language in force."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """The values of its placeholders: text, numbers, sentences, or lists of sentences."""

    def __str__(self) -> str:
        return say(self.code, **{name: _shown(value) for name, value in self.values.items()})

    def to_json(self) -> dict[str, Any]:
        """Code and values as plain dicts and lists."""
        return {"code": self.code, "values": {name: _plain(value) for name, value in self.values.items()}}

    @classmethod
    def from_json(cls, kept: "Mapping[str, Any] | str") -> "Sentence":
        """The sentence that `to_json` wrote; a text, as earlier versions kept it, stays as it was written."""
        if isinstance(kept, str):
            return as_written(kept)
        return cls(kept["code"], {name: _read(value) for name, value in kept["values"].items()})


def as_written(text: str) -> Sentence:
    """A text written by a user, the same in every language."""
    return Sentence(_AS_WRITTEN, {"text": text})


def _shown(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return str(value) if isinstance(value, Sentence) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Sentence):
        return value.to_json()
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return Sentence.from_json(value)
    return tuple(map(_read, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value
