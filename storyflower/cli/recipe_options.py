"""The options of the command line that choose a recipe: one definition for every command that takes a recipe."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from storyflower.data.label_file import read_label_file
from storyflower.errors import RecipeError
from storyflower.messages import problem, say
from storyflower.pipeline.source import CorpusSource, Locations
from storyflower.recipe import PRESETS, TrainingRecipe
from storyflower.recipe_file import SUFFIX, read_recipe_file
from storyflower.recipe_presets import DEFAULT_PRESET
from storyflower.validation_words import explain

RecipeOption = Annotated[str, typer.Option("--recipe", help=say("option_recipe"))]
ChangesOption = Annotated[list[str] | None, typer.Option("--set", help=say("option_set"))]
EncoderOption = Annotated[str | None, typer.Option("--encoder", help=say("option_encoder"))]
LabelsOption = Annotated[Path | None, typer.Option("--labels", help=say("option_labels"))]
ValidationShareOption = Annotated[float | None, typer.Option("--validation-share", help=say("option_validation_share"))]
TrainingOption = Annotated[list[str] | None, typer.Option("--train", help=say("option_train"))]
ValidationOption = Annotated[list[str] | None, typer.Option("--validation", help=say("option_validation"))]
UnlabelledOption = Annotated[list[str] | None, typer.Option("--unlabelled", help=say("option_unlabelled"))]
FieldsOption = Annotated[bool, typer.Option("--fields", help=say("option_fields"))]


def resolve_recipe(
    preset: str = DEFAULT_PRESET,
    changes: list[str] | None = None,
    *,
    encoder: str | None = None,
    labels: Path | None = None,
    validation_share: float | None = None,
) -> TrainingRecipe:
    """The recipe that the options describe: the preset, changed by `--set` and the options of single fields.

    Args:
        preset: Name of a recipe that ships with StoryFlower, or the path of a recipe's file (`.toml`).
        changes: Texts of the form `field=value`; the last one for a field counts.
        encoder: Directory or hub id of the encoder; replaces that of the preset.
        labels: JSON file with a list of label names.
        validation_share: Share of the training texts that is held out for validation.

    Raises:
        RecipeError: the preset, the file or a field does not exist, or a value does not fit its field.
    """
    if preset.endswith(SUFFIX):
        recipe = read_recipe_file(Path(preset))
    elif preset in PRESETS:
        recipe = PRESETS[preset]
    else:
        raise problem(RecipeError, "preset_unknown", "--recipe", preset=preset, known=", ".join(PRESETS))
    wanted = dict(_parsed(recipe, change) for change in changes or [])
    if encoder is not None:
        wanted["encoder.encoder"] = encoder
    if labels is not None:
        wanted["data.label_set"] = read_label_file(labels)
    if validation_share is not None:
        wanted["corpus.validation_share"] = validation_share
    return recipe.with_changes(wanted)


def source_of(
    training: list[str] | None, validation: list[str] | None, unlabelled: list[str] | None = None
) -> CorpusSource:
    """The files that the options name; one location stays a string, as a person writes it into the flow's form.

    Raises:
        RecipeError: there is no training workbook, or a location does not fit.
        WorkbookError: a location is blank, not UTF-8, or holds a secret.
    """
    if not training:
        raise problem(RecipeError, "workbooks_not_given", "--train")
    try:
        return CorpusSource(
            training=_one_or_more(training),
            validation=_one_or_more(validation) if validation else None,
            unlabelled=_one_or_more(unlabelled) if unlabelled else None,
        )
    except ValidationError as error:
        raise problem(RecipeError, "source_unfit", "--train", reason=explain(error)) from None


def _one_or_more(locations: list[str]) -> Locations:
    return locations[0] if len(locations) == 1 else tuple(locations)


def _parsed(recipe: TrainingRecipe, change: str) -> tuple[str, Any]:
    """`epochs=2` → ("training.epochs", 2).

    The value is read as JSON where the field takes that (`2`, `null`, `["a", "b"]`), else as the text itself
    (`sheet=2024` names a sheet), and one text stands for a list of one (`text_columns=문장`).
    """
    name, equals, text = change.partition("=")
    if not equals:
        raise problem(RecipeError, "change_malformed", "--set", change=change)
    field = recipe.locate(name.strip())
    readings = [*_as_json(text), text, (text,)]
    fitting = [value for value in readings if _fits(value, recipe.type_of(field))]
    return field, fitting[0] if fitting else readings[0]


def _as_json(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):  # the latter of lists within lists without end
        return []


def _fits(value: Any, kind: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True
