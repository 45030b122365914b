"""`storyflower retrain`: what the nightly deployment does, from the command line."""

from typing import cast

from rich.text import Text

from storyflower.cli.console import JsonOption, errors_as_messages, out, print_json
from storyflower.cli.flow_process import flow_process
from storyflower.cli.model_option import ModelName, registered_as
from storyflower.cli.recipe_options import (
    ChangesOption,
    EncoderOption,
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
from storyflower.recipe_presets import DEFAULT_PRESET
from storyflower.settings import settings
from storyflower.storage.home import Home


def retrain(
    training: TrainingOption = None,
    validation: ValidationOption = None,
    unlabelled: UnlabelledOption = None,
    validation_share: ValidationShareOption = None,
    encoder: EncoderOption = None,
    recipe: RecipeOption = DEFAULT_PRESET,
    changes: ChangesOption = None,
    labels: LabelsOption = None,
    model: ModelName = None,
    as_json: JsonOption = False,
) -> None:
    """Train a challenger if workbooks, recipe, encoder or code differ from what the champion was made of."""
    with errors_as_messages(as_json), registered_as(model):
        chosen = resolve_recipe(recipe, changes, encoder=encoder, labels=labels, validation_share=validation_share)
        source = source_of(training, validation, unlabelled)
        with flow_process(source, chosen):
            from flows.retrain import retrain as flow
            from storyflower.pipeline.results import Retraining

            result = cast(Retraining, flow(source=source, recipe=chosen))  # the data of the state that it returns
        if as_json:
            print_json(result.model_dump(mode="json"))
            return
        if result.version is not None:
            from storyflower.cli.summary import show_summary

            show_summary(Home.of(settings()), result.version)
        drift = result.drift and say("retrain_drift", drift=result.drift)
        for line in filter(None, (result.reason, drift, result.pruned)):
            out.print(Text(line), soft_wrap=True)


retrain.__doc__ = say("retrain_help")  # what --help shows, in the language of the user
