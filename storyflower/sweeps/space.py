"""The search space of a sweep: which fields of the recipe are varied, and over which values; validated when read."""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from math import inf, isclose, isfinite
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from pydantic import ConfigDict

from storyflower.errors import RecipeError
from storyflower.messages import problem
from storyflower.recipe import TrainingRecipe
from storyflower.short_files import read_short_text

SamplerName = Literal["tpe", "random"]
PrunerName = Literal["median", "hyperband", "none"]

DEFAULT_SPACE = "default_space.toml"
_MOST_CHECKED = 1000
"""Whole numbers of a range that are held against the recipe one by one; of a longer range its ends alone are."""

_MODEL_PARTS = ("text", "encoder", "training")
"""Parts of the recipe by which a model is chosen; the others decide what is measured, and by which measure."""
_NOT_CHOSEN_BY = frozenset(
    {
        *("training.seed", "training.devices", "training.nodes", "training.precision", "training.log_every"),
        *("text.max_unk_share", "text.max_all_unk_share", "text.max_truncated_share"),
    }
)
"""Fields of these parts by which no model is chosen: chance, the machine, and limits at which a training is refused."""

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`, both included; ints for a field of whole numbers, else floats."""

    low: int | float
    high: int | float
    log: bool = False
    """Whether they are drawn evenly by their logarithm."""
    step: int | float | None = None
    """The distance between two values of the range; None: every number (every whole number)."""
    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    @property
    def of_ints(self) -> bool:
        """Whether the values are whole numbers."""
        return isinstance(self.low, int)

    def probes(self) -> Iterator[int | float]:
        """Values that the recipe must take: both ends, and of a range of few whole numbers each."""
        yield from (self.low, self.high)
        if isinstance(self.low, int) and isinstance(self.high, int):
            values = range(self.low, self.high + 1, int(self.step or 1))
            yield from values if len(values) <= _MOST_CHECKED else ()


@dataclass(frozen=True)
class Choices:
    """Values without an order: two or more."""

    values: tuple[Any, ...]
    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    def probes(self) -> Iterator[Any]:
        """Values that the recipe must take: each."""
        yield from self.values


@dataclass(frozen=True)
class SearchSpace:
    """The varied fields by their dotted names, each with its values; at least one."""

    fields: dict[str, Range | Choices]
    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    def to_json(self) -> dict[str, Any]:
        """The space as plain values, in the order of the names: what the key of a sweep is made of."""
        return {name: asdict(self.fields[name]) for name in sorted(self.fields)}


def default_space(recipe: TrainingRecipe) -> SearchSpace:
    """The space that ships with StoryFlower."""
    source = files("storyflower.sweeps").joinpath(DEFAULT_SPACE)
    return _space_of(tomllib.loads(source.read_text("utf-8")), recipe, DEFAULT_SPACE)


def read_space(path: Path, recipe: TrainingRecipe) -> SearchSpace:
    """The space of a TOML file: a table for each field, with `low` and `high` (and `log`, `step`), or with `choices`.

    Raises:
        RecipeError: the file cannot be read or is not TOML, a field does not exist or may not be varied, or a table
            does not describe values that fit its field; the message names file and table.
    """
    try:
        tables = tomllib.loads(read_short_text(path))
    except OSError as error:
        raise problem(RecipeError, "search_unreadable", str(path), reason=error.strerror) from error
    except (ValueError, RecursionError) as error:  # tomllib names line and column
        raise problem(RecipeError, "search_not_toml", str(path), reason=error) from error
    return _space_of(tables, recipe, str(path))


def checked_space(space: SearchSpace, recipe: TrainingRecipe) -> SearchSpace:
    """A space that comes from elsewhere, such as Prefect's form, held against the recipe as that of a file is.

    JSON has one kind of numbers: the ends of a range become those of its field.

    Raises:
        RecipeError: as `read_space` does; the message names the table.
    """
    tables = {
        name: {"choices": list(values.values)}
        if isinstance(values, Choices)
        else {key: value for key, value in asdict(values).items() if value is not None}
        for name, values in space.fields.items()
    }
    return _space_of(tables, recipe, "plan.space")


def _space_of(tables: dict[str, Any], recipe: TrainingRecipe, source: str) -> SearchSpace:
    if not tables:
        raise problem(RecipeError, "search_empty", source)
    found: dict[str, Range | Choices] = {}
    for name, table in _by_field(tables):
        where = f"{source} [{name}]"
        field = _searchable(recipe, name, where)
        if field in found:
            raise problem(RecipeError, "search_twice", where, field=field)
        found[field] = _values_of(table, recipe, field, where)
    return SearchSpace(found)


def _by_field(tables: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each field's name and table; TOML reads `[training.epochs]` as a table `epochs` in a table `training`."""
    for name, table in tables.items():
        nested = isinstance(table, dict) and table and all(isinstance(value, dict) for value in table.values())
        if nested:
            yield from ((f"{name}.{field}", inner) for field, inner in table.items())
        else:
            yield name, table


def _searchable(recipe: TrainingRecipe, name: str, where: str) -> str:
    """The dotted name of a field that may be varied."""
    try:
        field = recipe.locate(name)
    except RecipeError as error:
        raise RecipeError(error.problem, where=where, remedy=error.remedy) from None
    if field.partition(".")[0] not in _MODEL_PARTS:
        raise problem(RecipeError, "search_changes_measure", where, field=field)
    if field in _NOT_CHOSEN_BY:
        raise problem(RecipeError, "search_not_of_model", where, field=field)
    return field


def _values_of(table: Any, recipe: TrainingRecipe, field: str, where: str) -> Range | Choices:
    if not isinstance(table, dict):
        raise problem(RecipeError, "search_no_table", where, value=table)
    keys = set(table)
    values: Range | Choices
    if keys == {"choices"}:
        values = _choices(table["choices"], where)
    elif {"low", "high"} <= keys <= {"low", "high", "log", "step"}:
        values = _range(table, recipe.type_of(field), where)
    else:
        raise problem(RecipeError, "search_keys", where, keys=", ".join(sorted(keys)) or "–")
    read = [_read(value, recipe, field, where) for value in values.probes()]
    return _choices(read, where) if isinstance(values, Choices) else values


def _read(value: Any, recipe: TrainingRecipe, field: str, where: str) -> Any:
    """A value as the recipe holds it: 1 in a field of floats is 1.0."""
    try:
        read = recipe.with_changes({field: value}).flat()[field]
    except RecipeError as error:
        raise problem(RecipeError, "search_value_unfit", where, value=value, reason=error.problem) from None
    if read != value or isinstance(read, bool) != isinstance(value, bool):  # pydantic reads "2" as 2, and 1 as true
        raise problem(RecipeError, "search_value_read", where, value=repr(value), read=read)
    return read


def _choices(values: Any, where: str) -> Choices:
    if not isinstance(values, list) or len(values) < 2 or any(isinstance(value, list | dict) for value in values):
        raise problem(RecipeError, "search_choices", where, value=values)
    if len({(type(value), value) for value in values}) < len(values):
        raise problem(RecipeError, "search_choices_twice", where, value=values)
    return Choices(tuple(values))


def _range(table: dict[str, Any], kind: Any, where: str) -> Range:
    kinds = set(get_args(kind)) or {kind}
    of_ints = int in kinds
    if not kinds & {int, float}:
        raise problem(RecipeError, "search_no_numbers", where)
    numbers = {name: table[name] for name in ("low", "high", "step") if name in table}
    for name, value in numbers.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
        if not is_number or (of_ints and not isinstance(value, int)):
            code = "search_no_int" if of_ints else "search_no_number"
            raise problem(RecipeError, code, where, name=name, value=value)
    if not of_ints:
        numbers = {name: float(value) for name, value in numbers.items()}
    log, low, high, step = table.get("log", False), numbers["low"], numbers["high"], numbers.get("step")
    if not isinstance(log, bool):
        raise problem(RecipeError, "search_log_no_switch", where, value=log)
    if not low < high:
        raise problem(RecipeError, "search_low_not_below", where, low=low, high=high)
    if log and low <= 0:
        raise problem(RecipeError, "search_log_of_zero", where, low=low)
    if log and step is not None:
        raise problem(RecipeError, "search_log_and_step", where)
    if step is not None and not _leads(step, low, high):
        raise problem(RecipeError, "search_step", where, step=step, low=low, high=high)
    return Range(low, high, log, step)


def _leads(step: float, low: float, high: float) -> bool:
    """Whether steps lead from one end of a range to the other."""
    steps = (high - low) / step if step > 0 else inf
    return isfinite(steps) and isclose(steps, round(steps), rel_tol=1e-9)
