"""Every field of a recipe has its bounds: what lies outside is refused by name, what lies inside can start."""

import dataclasses
import json
import math
from typing import Any, get_type_hints

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from prefect.utilities.callables import parameter_schema

from flows.train import train
from storyflower.cli.recipe_options import resolve_recipe
from storyflower.errors import RecipeError, StoryFlowerError
from storyflower.pipeline.source import CorpusSource
from storyflower.preflight import preflight
from storyflower.recipe import KOBERT, PRESETS, TINY
from storyflower.recipe_bounds import Text, Texts, Within, bounds_of
from storyflower.recipe_data import TAKEN_NAMES
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.serving.predictor import BEST_GUESS, UNSURE
from tests.homes import current_home

PARTS = {name: type(part) for name, part in KOBERT if dataclasses.is_dataclass(part)}
BOUNDS = {field: bound for part in PARTS.values() for field, bound in bounds_of(part)}
NUMBERS = {field: bound for field, bound in BOUNDS.items() if isinstance(bound, Within)}
FIELDS = [dotted.rpartition(".")[2] for dotted in KOBERT.flat() if dotted != "name"]

HOSTILE_NUMBERS = [-1, 0, -(2**31), 2**31, 2**32, 2**64, 10**400, 1e-320, 1e308, 0.5, -0.0]
HOSTILE_NUMBERS += [math.inf, -math.inf, math.nan]
values = st.one_of(
    st.sampled_from(HOSTILE_NUMBERS),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.text(st.characters(codec=None), max_size=8),
    st.lists(st.text(max_size=4), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def inside(bound: Any) -> st.SearchStrategy[Any]:
    """Values of a number's field, its extremes the likeliest."""
    if float(bound.low).is_integer() and not bound.above_low and not bound.below_high and bound.high > 1:
        return st.one_of(st.sampled_from([int(bound.low), int(bound.high)]), st.integers(bound.low, bound.high))
    return st.floats(bound.low, bound.high, exclude_min=bound.above_low, exclude_max=bound.below_high)


def test_every_field_has_bounds_unless_its_type_is_one() -> None:
    """A number without bounds, or a text of any length, would be a new way to start what cannot end."""
    unbounded = set(FIELDS) - set(BOUNDS)
    kinds = {field: hint for part in PARTS.values() for field, hint in get_type_hints(part).items()}
    assert {field for field in unbounded if kinds[field] is not bool} == {
        "precision",
        "better_by",
        "rare_labels",
        "decision",
    }
    assert all(isinstance(bound, Within | Text | Texts) for bound in BOUNDS.values())


@given(st.sampled_from(FIELDS), values)
@example("seed", -1)
@example("seed", 2**64)
@example("scratch_layers", -1)
@example("scratch_hidden_size", 0)
@example("scratch_vocab_size", 10**12)
@example("max_latency_ms", math.inf)
@example("approval_hours", 1e300)
@example("encoder", "\0")
@example("label_column", "\ud800")
def test_any_value_of_any_field_is_taken_whole_or_refused_by_name(field: str, value: object) -> None:
    try:
        recipe = KOBERT.with_changes({field: value})
    except RecipeError as refused:
        assert field in str(refused)
    else:
        assert json.loads(json.dumps(recipe.flat(), allow_nan=False)) is not None
        assert type(recipe).model_validate_json(recipe.model_dump_json()) == recipe


@pytest.mark.parametrize("field", NUMBERS)
def test_the_bounds_are_where_they_are_said_to_be(field: str) -> None:
    """Just outside refused, `NaN` and the infinities too; on the bound taken, unless the bound itself is outside."""
    bound = NUMBERS[field]
    for value in (math.nan, math.inf, -math.inf, bound.low - 1, bound.high * 2 + 1):
        with pytest.raises(ValueError, match=field):
            bound.check(field, value)
    for value, taken in ((bound.low, not bound.above_low), (bound.high, not bound.below_high)):
        if taken:
            bound.check(field, value)
        else:
            with pytest.raises(ValueError, match=field):
                bound.check(field, value)


def test_the_form_and_the_servers_check_know_the_same_bounds() -> None:
    whole = Draft202012Validator(parameter_schema(train.fn).model_dump() | {"required": []})
    assert not list(whole.iter_errors({"recipe": {"name": "tiny", "training": {"seed": 7}}}))
    for field, bound in NUMBERS.items():
        part = KOBERT.locate(field).partition(".")[0]
        found = whole.iter_errors({"recipe": {part: {field: bound.low - 1}}})
        assert any(list(error.absolute_path)[-1:] == [field] for error in found), field


@pytest.mark.parametrize(
    "change",
    ["seed=-1", "seed=1e999", "scratch_layers=-1", "max_latency_ms=Infinity", "max_ece=NaN", f"label_set={'[' * 9000}"],
)
def test_the_command_line_refuses_the_same(change: str) -> None:
    with pytest.raises(RecipeError, match=change.partition("=")[0]):
        resolve_recipe("tiny", [change])


@pytest.mark.parametrize("taken", sorted(TAKEN_NAMES))
def test_a_label_that_is_a_word_of_the_answers_is_refused(taken: str) -> None:
    assert {BEST_GUESS, UNSURE} <= TAKEN_NAMES
    with pytest.raises(RecipeError, match=f"label_set.*{taken}"):
        KOBERT.with_changes({"label_set": ["기쁨", f" {taken}\u200b"]})


@pytest.mark.parametrize("names", [["기쁨", "기쁨 "], ["기쁨", "\u200b"], ["기쁨", ""], ["a" * 101, "b"]])
def test_label_names_are_distinct_as_the_data_has_them(names: list[str]) -> None:
    with pytest.raises(RecipeError, match="label_set"):
        KOBERT.with_changes({"label_set": names})


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> CorpusSource:
    folder = tmp_path_factory.mktemp("books")
    training, validation = write_sample_workbooks(folder, training_rows=200, validation_rows=60)
    return CorpusSource(training=str(training), validation=str(validation))


STARTABLE = {field: inside(bound) for field, bound in NUMBERS.items() if field != "validation_share"}
"""The workbooks of these tests are two: no share is held out of the first."""


@settings(max_examples=25)
@given(st.fixed_dictionaries({}, optional=STARTABLE))
def test_what_is_taken_starts_or_says_why_not(books: CorpusSource, changes: dict[str, Any]) -> None:
    """The look that is taken before anything starts: an answer, or a problem in words, of every recipe that exists."""
    try:
        found = preflight(current_home(), books, TINY.with_changes(changes), "auto")
    except StoryFlowerError as error:
        assert error.remedy
    else:
        assert math.isfinite(found.needed_gib)
        assert found.steps >= 1


def test_the_presets_keep_the_bounds() -> None:
    for recipe in PRESETS.values():
        assert type(recipe).model_validate(recipe.model_dump()) == recipe
