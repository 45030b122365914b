"""`storyflower retrain`: what the nightly deployment does, from the command line."""

from typing import Annotated

import typer
from rich.text import Text

from storyflower.commands.console import out, print_json, told_plainly
from storyflower.commands.model_option import ModelName, registered_as
from storyflower.commands.recipe_options import (
    DEFAULT_PRESET,
    ChangesOption,
    EncoderOption,
    LabelsOption,
    RecipeOption,
    ValidationShareOption,
    resolve_recipe,
)
from storyflower.commands.train import one_or_more, run_flow
from storyflower.manifests import CorpusSource, Retraining


def retrain(
    training: Annotated[
        list[str],
        typer.Option(
            "--train", help="Training workbooks: a path, folder, 'glob*' or s3://, gs://, https://. Repeatable."
        ),
    ],
    validation: Annotated[list[str] | None, typer.Option(help="Validation workbooks, likewise.")] = None,
    validation_share: ValidationShareOption = None,
    encoder: EncoderOption = None,
    recipe: RecipeOption = DEFAULT_PRESET,
    changes: ChangesOption = None,
    labels: LabelsOption = None,
    model: ModelName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Train a challenger if workbooks, recipe, encoder or code differ from what the champion was made of.

    storyflower retrain --train data/training --validation data/validation

    If nothing differs, or just this has been judged against the champion already, it says so in seconds and trains
    nothing. Else it trains, lets the challenger stand against the champion, and says how the new text differs from the
    champion's. Old caches are pruned either way.
    """
    with told_plainly(as_json), registered_as(model):
        chosen = resolve_recipe(recipe, changes, encoder=encoder, labels=labels, validation_share=validation_share)
        held_back = one_or_more(validation) if validation else None
        source = CorpusSource(training=one_or_more(training), validation=held_back)
        result: Retraining = run_flow("retrain", source, chosen)
        if as_json:
            print_json(result.model_dump(mode="json"))
            return
        if result.version is not None:
            from storyflower.commands.summary import show_summary

            show_summary(result.version)
        for line in filter(None, (result.reason, result.drift and f"drift: {result.drift}", result.pruned)):
            out.print(Text(line), soft_wrap=True)
