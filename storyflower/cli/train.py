"""`storyflower train`: the train flow from the command line."""

from typing import Annotated

import typer

from storyflower.cli.console import JsonOption, errors_as_messages, print_json
from storyflower.cli.flow_process import flow_process
from storyflower.cli.model_option import ModelName, registered_as
from storyflower.cli.recipe_options import (
    ChangesOption,
    EncoderOption,
    FieldsOption,
    LabelsOption,
    RecipeOption,
    TrainingOption,
    UnlabelledOption,
    ValidationOption,
    ValidationShareOption,
    resolve_recipe,
    source_of,
)
from storyflower.messages import say
from storyflower.pipeline.source import require_folds
from storyflower.recipe_presets import DEFAULT_PRESET
from storyflower.settings import settings
from storyflower.storage.home import Home


def train(
    training: TrainingOption = None,
    validation: ValidationOption = None,
    unlabelled: UnlabelledOption = None,
    validation_share: ValidationShareOption = None,
    encoder: EncoderOption = None,
    recipe: RecipeOption = DEFAULT_PRESET,
    changes: ChangesOption = None,
    labels: LabelsOption = None,
    folds: Annotated[int | None, typer.Option(help=say("option_folds"))] = None,
    model: ModelName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("option_dry_run"))] = False,
    fields: FieldsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train on workbooks, evaluate, register, and promote the model if it beats the champion."""
    with errors_as_messages(as_json), registered_as(model):
        chosen = resolve_recipe(recipe, changes, encoder=encoder, labels=labels, validation_share=validation_share)
        if fields:
            from storyflower.cli.train_view import show_fields

            show_fields(chosen, as_json)
            return
        source = source_of(training, validation, unlabelled)
        if folds is not None:
            require_folds(folds)
        if dry_run:
            from storyflower.cli.train_view import show_plan

            show_plan(source, chosen, folds, as_json)
            return
        with flow_process(source, chosen):
            from flows.train import train as flow

            result = flow(source=source, recipe=chosen, folds=folds)
        if as_json:
            print_json(result.model_dump(mode="json"))
        else:
            from storyflower.cli.summary import show_summary

            show_summary(Home.of(settings()), result)


train.__doc__ = say("train_help")  # what --help shows, in the language of the user
