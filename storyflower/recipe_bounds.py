"""Bounds of a recipe's fields, declared with each field: checked at construction and shown in the JSON schema.

A bound is metadata of the field's type, `Annotated[int, Within(1, 512)]`. `check_bounds` holds a part against all of
its bounds; pydantic calls `__get_pydantic_json_schema__` where it is installed, so that Prefect's form and its server
know the same bounds. pydantic itself is not imported: the engine runs where it is not installed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol, get_type_hints

from storyflower.messages import say

JsonSchema = dict[str, Any]

_RANGES = {
    (False, False): "field.between",
    (True, False): "field.above",
    (False, True): "field.below",
    (True, True): "field.open",
}
"""The code of the message for a range, by whether its lower and its upper bound are excluded."""


class Bound(Protocol):
    """A bound on the value of a field."""

    def check(self, field: str, value: Any) -> None:
        """Raise ValueError, in the language in force and naming the field, unless `value` keeps the bound."""
        ...


def require(condition: bool, code: str, /, **values: Any) -> None:
    """Raise ValueError (pydantic turns it into a field error), in the language in force, unless `condition` holds."""
    if not condition:
        raise ValueError(say(code, **values))


def check_bounds(part: Any) -> None:
    """Hold every field of a dataclass against the bounds of its type; an empty field (None) is not looked at.

    Raises:
        ValueError: a value lies outside; the message names the field.
    """
    for field, bound in bounds_of(type(part)):
        value = getattr(part, field)
        if value is not None:
            bound.check(field, value)


def bounds_of(kind: type) -> Iterator[tuple[str, Bound]]:
    """The fields of a dataclass that have a bound, each with it."""
    for field, hint in get_type_hints(kind, include_extras=True).items():
        for bound in getattr(hint, "__metadata__", ()):
            yield field, bound


class RecipePart:
    """Base class of the parts, which checks the bounds of every field; pydantic refuses unknown fields."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "use_attribute_docstrings": True}

    def __post_init__(self) -> None:
        check_bounds(self)
        self._require_consistent()

    def _require_consistent(self) -> None:
        """Raise ValueError where fields that are each within their bounds do not go together."""


@dataclass(frozen=True)
class Within:
    """A number from `low` to `high`; NaN and the infinities lie outside of every such range."""

    low: float
    high: float
    above_low: bool = False
    """Whether `low` itself is refused."""
    below_high: bool = False
    """Whether `high` itself is refused."""

    def check(self, field: str, value: float) -> None:
        """Raise ValueError unless `value` lies within."""
        high_enough = self.low < value if self.above_low else self.low <= value
        low_enough = value < self.high if self.below_high else value <= self.high
        code = _RANGES[self.above_low, self.below_high]
        require(high_enough and low_enough, code, field=field, low=self.low, high=self.high)

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Callable[[Any], JsonSchema]) -> JsonSchema:
        """The field's schema with the bounds on its number."""
        low = "exclusiveMinimum" if self.above_low else "minimum"
        high = "exclusiveMaximum" if self.below_high else "maximum"
        return _with(handler(core_schema), {low: self.low, high: self.high}, ("integer", "number"))


@dataclass(frozen=True)
class Text:
    """A text that can be written to a file, of at most `longest` characters."""

    longest: int
    blank: bool = False
    """Whether it may be empty."""

    def check(self, field: str, value: str) -> None:
        """Raise ValueError unless `value` is such a text."""
        require((self.blank and value == "") or bool(value.strip()), "field.blank", field=field)
        require(len(value) <= self.longest, "field.too_long", field=field, longest=self.longest)
        # NUL ends a path for the system, and a lone surrogate is no character that UTF-8 knows.
        require(
            "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value), "field.unwritable", field=field
        )

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Callable[[Any], JsonSchema]) -> JsonSchema:
        """The field's schema with the largest length of its text."""
        return _with(handler(core_schema), {"maxLength": self.longest}, ("string",))


@dataclass(frozen=True)
class Texts:
    """A list of `fewest` to `most` different texts, each of at most `longest` characters; a text alone is let be."""

    fewest: int
    most: int
    longest: int

    def check(self, field: str, value: str | tuple[str, ...]) -> None:
        """Raise ValueError unless `value` is such a list."""
        if isinstance(value, str):
            return
        require(self.fewest <= len(value) <= self.most, "field.count", field=field, low=self.fewest, high=self.most)
        for text in value:
            Text(self.longest).check(field, text)
        require(len(set(value)) == len(value), "field.distinct", field=field)

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Callable[[Any], JsonSchema]) -> JsonSchema:
        """The field's schema with the sizes of its list."""
        return _with(handler(core_schema), {"minItems": self.fewest, "maxItems": self.most}, ("array",))


def _with(schema: JsonSchema, bounds: JsonSchema, kinds: tuple[str, ...]) -> JsonSchema:
    """`schema` with `bounds` on those of its alternatives that are of one of `kinds`."""
    for alternative in schema.get("anyOf", [schema]):
        if alternative.get("type") in kinds:
            alternative.update(bounds)
    return schema


Share = Annotated[float, Within(0, 1)]
SEEDS = 2**32
"""How many seeds there are, from 0."""
Seed = Annotated[int, Within(0, SEEDS - 1)]
"""The range that scikit-learn, NumPy, PyTorch and SentencePiece all accept."""
