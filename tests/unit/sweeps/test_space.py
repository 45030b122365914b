"""A search space is held against the recipe before anything starts: field, table, value and remedy in one message."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from storyflower.errors import RecipeError
from storyflower.recipe import KOBERT, TINY
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.space import Choices, Range, SearchSpace, checked_space, default_space, read_space

SPACE_OF_JSON = {"epochs": {"low": 1, "high": 2}}

UNFIT = {
    "": "it names no field",
    "[learning_rat]\nlow = 1\nhigh = 2": "Did you mean 'learning_rate'",
    "[training.epochs]\nlow = 1\nhigh = 2\n['epochs']\nlow = 1\nhigh = 2": "there are two tables",
    "[label_column]\nchoices = ['a', 'b']": "decides what is measured",
    "[corpus.dev_share]\nlow = 0.1\nhigh = 0.2": "decides what is measured",
    "[max_ece]\nlow = 0.1\nhigh = 0.2": "decides what is measured",
    "[seed]\nlow = 1\nhigh = 9": "no model is chosen by",
    "[precision]\nchoices = ['fp32', 'bf16']": "no model is chosen by",
    "[text.max_unk_share]\nlow = 0.1\nhigh = 0.2": "no model is chosen by",
    "epochs = 3": "the value 3",
    "[epochs]\nlow = 2": "do not go together: low",
    "[epochs]\nlow = 2\nhigh = 4\nchoices = [1, 2]": "do not go together",
    "[epochs]\nlow = 2\nhigh = 4\nlogarithmic = true": "do not go together",
    "[epochs]\nlow = 4\nhigh = 4": "low (4) is not below high (4)",
    "[epochs]\nlow = 0\nhigh = 4": "the value 0",
    "[epochs]\nlow = 2\nhigh = 1000000": "the value 1000000",
    "[epochs]\nlow = 2.0\nhigh = 4": "no whole number",
    "[epochs]\nlow = true\nhigh = 4": "no whole number",
    "[epochs]\nlow = 2\nhigh = 5\nstep = 2": "steps of 2",
    "[epochs]\nlow = 2\nhigh = 5\nstep = 0": "steps of 0",
    "[learning_rate]\nlow = 0.0\nhigh = 0.1\nlog = true": "above 0",
    "[learning_rate]\nlow = 0.01\nhigh = 0.1\nlog = 'yes'": "neither true nor false",
    "[learning_rate]\nlow = 0.01\nhigh = 0.1\nlog = true\nstep = 0.01": "do not go together",
    "[learning_rate]\nlow = 0.1\nhigh = 2.0": "the value 2.0",
    "[learning_rate]\nlow = nan\nhigh = 0.1": "which is no number",
    "[learning_rate]\nlow = '1e-5'\nhigh = 0.1": "which is no number",
    "[class_weights]\nlow = 0\nhigh = 1": "holds no numbers",
    "[batch_size]\nchoices = [16]": "no list of two values",
    "[batch_size]\nchoices = 16": "no list of two values",
    "[batch_size]\nchoices = [16, 16]": "stands twice",
    "[batch_size]\nchoices = [16, 0]": "the value 0",
    "[batch_size]\nchoices = [16, '32']": "would be read as 32",
    "[learning_rate]\nchoices = [1, 1.0]": "stands twice",
    "[class_weights]\nchoices = [true, 1]": "would be read as True",
    "[adapt_epochs]\nchoices = [1, true]": "True",
    f"[learning_rate]\nlow = 0.1\nhigh = 1{'0' * 309}": "which is no number",
    f"[epochs]\nlow = 1\nhigh = 1{'0' * 308}": "the value 1000",
    f"[epochs]\nlow = 1\nhigh = 1{'0' * 400}": "which is no whole number",
    f"[epochs]\nchoices = [1, 1{'0' * 400}]": "the value 1000",
    "[learning_rate]\nlow = -1e308\nhigh = 1e308\nstep = 1.0": "steps of 1.0",
    "[learning_rate]\nlow = 0.1\nhigh = 0.2\nstep = 5e-324": "steps of 5e-324",
    "[decision]\nchoices = ['probability', 'luck']": "the value 'luck'",
    "[scratch_hidden_size]\nlow = 32\nhigh = 96": "the value 33",
    "[epochs": "is not TOML",
}


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(("text", "message"), UNFIT.items())
def test_what_does_not_fit_is_one_clear_message(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(RecipeError) as error:
        read_space(file, TINY)
    assert message in str(error.value)
    assert str(file) in error.value.where
    assert error.value.remedy


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_file_that_cannot_be_read_is_named(is_folder: bool, tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    if is_folder:
        file.mkdir()
    with pytest.raises(RecipeError) as error:
        read_space(file, TINY)
    assert error.value.where == str(file)


def test_fields_are_named_alone_dotted_or_nested_and_have_the_type_of_the_recipe(tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    file.write_text(
        "[learning_rate]\nlow = 1e-5\nhigh = 1\nlog = true\n['training.epochs']\nlow = 2\nhigh = 8\nstep = 2\n"
        "[text.max_len]\nlow = 32\nhigh = 64\n[encoder.adapt_epochs]\nchoices = [0, 5]\n"
        "[early_stopping_patience]\nlow = 1\nhigh = 3\n[class_weights]\nchoices = [true, false]\n",
        "utf-8",
    )
    assert read_space(file, TINY).fields == {
        "training.learning_rate": Range(1e-5, 1.0, log=True),
        "training.epochs": Range(2, 8, step=2),
        "text.max_len": Range(32, 64),
        "encoder.adapt_epochs": Choices((0, 5)),
        "training.early_stopping_patience": Range(1, 3),
        "training.class_weights": Choices((True, False)),
    }


def plan_of(space: dict[str, Any], **further: Any) -> SweepPlan:
    """A plan as Prefect makes it of the JSON of a form."""
    return TypeAdapter(SweepPlan).validate_json(json.dumps({"space": {"fields": space}} | further))


def test_a_plan_of_json_has_the_numbers_of_the_recipes_fields() -> None:
    plan = plan_of(
        {
            "weight_decay": {"low": 0, "high": 1},  # as browsers write 0.0 and 1.0
            "training.dropout": {"values": [0, 0.5]},
            "epochs": {"low": 2, "high": 8, "step": 2},
        }
    )
    assert repr(checked_space(plan.space, TINY)) == repr(
        SearchSpace(
            {
                "training.weight_decay": Range(0.0, 1.0),
                "training.dropout": Choices((0.0, 0.5)),
                "training.epochs": Range(2, 8, step=2),
            }
        )
    )


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"learning_rat": {"low": 1, "high": 2}}, "Did you mean 'learning_rate'"),
        ({"seed": {"low": 1, "high": 2}}, "no model is chosen by"),
        ({"epochs": {"low": 4, "high": 2}}, "low (4) is not below high (2)"),
        ({"class_weights": {"values": [True, 1]}}, "would be read as True"),
        ({"batch_size": {"values": [16]}}, "no list of two values"),
        ({}, "it names no field"),
    ],
)
def test_a_plan_is_held_against_the_recipe_as_a_file_is(space: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as error:
        checked_space(plan_of(space).space, TINY)
    assert message in str(error.value)
    assert "plan.space" in error.value.where


@pytest.mark.parametrize(
    ("space", "further"), [({"epochs": {"low": 1, "high": 2, "logs": True}}, {}), (SPACE_OF_JSON, {"trails": 3})]
)
def test_a_misspelt_name_in_a_plan_is_not_passed_over(space: dict[str, Any], further: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        plan_of(space, **further)


@pytest.mark.parametrize("change", [{"finalists": 0}, {"more_seeds": -1}, {"finalists": 101}, {"trials": 0}])
def test_the_numbers_of_a_plan_have_bounds(change: dict[str, int]) -> None:
    with pytest.raises(RecipeError):
        plan_of(SPACE_OF_JSON, **change).require_possible()


@pytest.mark.parametrize("recipe", [KOBERT, TINY])
def test_the_space_that_ships_fits_every_preset(recipe: object) -> None:
    fields = default_space(recipe).fields  # type: ignore[arg-type]
    assert fields["training.learning_rate"] == Range(2e-5, 4e-4, log=True)
    assert fields["training.epochs"] == Range(2, 8)
