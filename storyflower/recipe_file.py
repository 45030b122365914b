"""A recipe as a TOML file: the name of a preset, and a table for each part with the fields that differ from it."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from storyflower.atomic import draft_beside, write_atomically
from storyflower.errors import RecipeError
from storyflower.messages import problem
from storyflower.recipe import PRESETS, TrainingRecipe
from storyflower.short_files import read_short_text
from storyflower.validation_words import explain

SUFFIX = ".toml"


def read_recipe_file(path: Path) -> TrainingRecipe:
    """The recipe of a TOML file: `name = "kobert"` chooses the preset (`best` without it), tables change its fields.

    Raises:
        RecipeError: the file cannot be read, is not TOML, or a field does not exist or does not take its value.
    """
    try:
        values = tomllib.loads(read_short_text(path))
    except OSError as error:
        raise problem(RecipeError, "recipe_file_unreadable", str(path), reason=error.strerror) from error
    except (ValueError, RecursionError) as error:  # tomllib names line and column
        raise problem(RecipeError, "recipe_file_not_toml", str(path), reason=error) from error
    try:
        return TrainingRecipe.model_validate(values)
    except ValidationError as error:
        known = (*TrainingRecipe.model_fields, *TrainingRecipe().flat())
        raise problem(RecipeError, "value_unfit", str(path), reason=explain(error, known)) from None


def recipe_as_toml(recipe: TrainingRecipe, comment: str = "") -> str:
    """The text of a recipe's file: its preset, and the fields that differ from the preset.

    Args:
        recipe: any; an empty field (None) that has a value in the preset is not expressible in TOML, and no preset has
            one.
        comment: lines for the head of the file.
    """
    preset = PRESETS[recipe.name].model_dump(mode="json")
    tables: dict[str, Any] = {"name": recipe.name}
    for part, values in recipe.model_dump(mode="json", exclude={"name"}).items():
        changed = {field: value for field, value in values.items() if value != preset[part][field]}
        if changed:
            tables[part] = changed
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + tomli_w.dumps(tables)


def require_new_recipe_file(path: Path) -> None:
    """Make the folder of a new recipe file where it is missing, and write into it: before hours of training.

    Raises:
        RecipeError: it would replace another file, would not be taken for a recipe, or cannot be written.
    """
    if path.suffix != SUFFIX:
        raise problem(RecipeError, "init_suffix", str(path))
    with _named(path):
        if path.exists():
            raise problem(RecipeError, "init_exists", str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft_beside(path) as probe:
            probe.touch()


def write_new_recipe_file(path: Path, text: str) -> None:
    """Write the text of a recipe's file to the place that a person has named, whole or not at all.

    Raises:
        RecipeError: it cannot be written.
    """
    with _named(path), write_atomically(path) as draft:
        draft.write_text(text, "utf-8")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let an error of the system name the file that a person has named, and no draft of it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise problem(RecipeError, "recipe_file_unwritable", str(path), reason=reason) from error


def write_recipe_file(path: Path, recipe: TrainingRecipe, comment: str = "") -> None:
    """Write a recipe's file, which `read_recipe_file` reads to an equal recipe."""
    with write_atomically(path) as draft:
        draft.write_text(recipe_as_toml(recipe, comment), "utf-8")
