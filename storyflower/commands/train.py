"""`storyflower train`: the train flow from the command line."""

from typing import Annotated, Any

import typer

from storyflower.commands.console import (
    from_above,
    loaded,
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
    JsonOption,
    LabelsOption,
    RecipeOption,
    TrainingOption,
    ValidationOption,
    ValidationShareOption,
    resolve_recipe,
    source_of,
)
from storyflower.commands.reconcile import end_orphaned_servers
from storyflower.messages import say
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TrainingRecipe


def train(
    training: TrainingOption = None,
    validation: ValidationOption = None,
    validation_share: ValidationShareOption = None,
    encoder: EncoderOption = None,
    recipe: RecipeOption = DEFAULT_PRESET,
    changes: ChangesOption = None,
    labels: LabelsOption = None,
    model: ModelName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("option_dry_run"))] = False,
    fields: FieldsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train on workbooks, evaluate, register, and promote the model if it beats the champion."""
    with told_plainly(as_json), registered_as(model):
        chosen = resolve_recipe(recipe, changes, encoder=encoder, labels=labels, validation_share=validation_share)
        if fields:
            from storyflower.commands.train_view import show_fields

            show_fields(chosen, as_json)
            return
        source = source_of(training, validation)
        if dry_run:
            from storyflower.commands.train_view import show_plan

            show_plan(source, chosen, as_json)
            return
        result: RegisteredVersion = run_flow("train", source, chosen)
        if as_json:
            print_json(result.model_dump(mode="json"))
        else:
            from storyflower.commands.summary import show_summary

            show_summary(result)


train.__doc__ = say("train_help")  # what --help shows, in the language of the user


def run_flow(name: str, source: CorpusSource, recipe: TrainingRecipe) -> Any:
    """Run a flow in this process; what it returns.

    It is found by its entry point, since the library does not know the flows above it. What the training needs is
    looked at first: a path that is mistyped starts no server and opens no run.
    """
    from storyflower.preflight import preflight

    preflight(source, recipe)
    prepare_libraries()
    end_orphaned_servers()
    show_progress_of_stages()
    flow = from_above("storyflower.flows", name)
    with loaded("storyflower.flows", "reported")():
        return flow(source=source, recipe=recipe)
