"""`storyflower train`: the train flow from the command line."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from storyflower.commands.console import (
    from_above,
    out,
    prepare_libraries,
    print_json,
    show_progress_of_stages,
    told_plainly,
)
from storyflower.commands.model_option import ModelName, registered_as
from storyflower.commands.recipe_options import (
    DEFAULT_PRESET,
    ChangesOption,
    EncoderOption,
    FieldsOption,
    LabelsOption,
    RecipeOption,
    ValidationShareOption,
    resolve_recipe,
)
from storyflower.commands.reconcile import end_orphaned_servers
from storyflower.errors import StoryFlowerError
from storyflower.manifests import CorpusSource, Locations, RegisteredVersion
from storyflower.recipe import TrainingRecipe
from storyflower.settings import settings
from storyflower.storage import require_writable


def train(
    training: Annotated[
        list[str] | None,
        typer.Option(
            "--train", help="Training workbook: a path, folder, 'glob*' or s3://, gs://, https://. Repeatable."
        ),
    ] = None,
    validation: Annotated[list[str] | None, typer.Option(help="Validation workbook, likewise.")] = None,
    validation_share: ValidationShareOption = None,
    encoder: EncoderOption = None,
    recipe: RecipeOption = DEFAULT_PRESET,
    changes: ChangesOption = None,
    labels: LabelsOption = None,
    fields: FieldsOption = False,
    model: ModelName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Train on workbooks, evaluate, register, and promote the model if it beats the champion.

    storyflower train --train open_Training.xlsx --validation open_Validation.xlsx

    storyflower train --train A.xlsx --validation B.xlsx --encoder ./kobert --set epochs=2 --set max_len=48

    storyflower train --train old.xlsx --train new.xlsx --validation 'data/*_Validation.xlsx'

    storyflower train --train ONE.xlsx --validation-share 0.1

    A run that was interrupted goes on from its last finished epoch when the same command is given again.
    """
    with told_plainly(as_json), registered_as(model):
        chosen = resolve_recipe(recipe, changes, encoder=encoder, labels=labels, validation_share=validation_share)
        if fields:
            _show_fields(chosen, as_json)
            return
        if not training:
            raise StoryFlowerError(
                "training and validation workbooks are needed",
                remedy="storyflower train --train TRAINING.xlsx --validation VALIDATION.xlsx",
            )
        held_back = one_or_more(validation) if validation else None
        source = CorpusSource(training=one_or_more(training), validation=held_back)
        result: RegisteredVersion = run_flow("train", source, chosen)
        if as_json:
            print_json(result.model_dump(mode="json"))
        else:
            from storyflower.commands.summary import show_summary

            show_summary(result)


def run_flow(name: str, source: CorpusSource, recipe: TrainingRecipe) -> Any:
    """Run a flow in this process; what it returns.

    It is found by its entry point, since the library does not know the flows above it.
    """
    source.require_validation(recipe.corpus)
    require_writable(settings().home)
    prepare_libraries()
    end_orphaned_servers()
    show_progress_of_stages()
    return from_above("storyflower.flows", name)(source=source, recipe=recipe)


def one_or_more(locations: list[str]) -> Locations:
    """One location stays a string, as a person would write it into the flow's form."""
    return locations[0] if len(locations) == 1 else tuple(locations)


def _show_fields(recipe: TrainingRecipe, as_json: bool) -> None:
    if as_json:
        print_json(recipe.model_dump(mode="json"))
        return
    described = TrainingRecipe.model_json_schema()["$defs"]
    table = Table("field", "value", "meaning", title=f"recipe {recipe.name}")
    for part, values in recipe.model_dump(mode="json", exclude={"name"}).items():
        kind = type(getattr(recipe, part)).__name__
        for field, value in values.items():
            meaning = described[kind]["properties"][field].get("description", "")
            table.add_row(f"{part}.{field}", Text(json.dumps(value, ensure_ascii=False)), Text(meaning))
    out.print(table)
