"""`storyflower sweep`: recipes tried by cross-validation, the best one trained, from the command line."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
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
from storyflower.errors import RecipeError
from storyflower.messages import problem, say
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_file import require_new_recipe_file, write_new_recipe_file
from storyflower.recipe_presets import DEFAULT_PRESET
from storyflower.settings import settings
from storyflower.storage.home import Home
from storyflower.sweeps.space import PrunerName, SamplerName, default_space, read_space

if TYPE_CHECKING:  # with the latter comes PyTorch
    from storyflower.pipeline.results import SweepResult
    from storyflower.sweeps.plan import SweepPlan

_TIME = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def sweep(
    training: TrainingOption = None,
    validation: ValidationOption = None,
    unlabelled: UnlabelledOption = None,
    validation_share: ValidationShareOption = None,
    search: Annotated[Path | None, typer.Option(help=say("option_search"))] = None,
    encoder: EncoderOption = None,
    recipe: RecipeOption = DEFAULT_PRESET,
    changes: ChangesOption = None,
    labels: LabelsOption = None,
    trials: Annotated[int, typer.Option(help=say("option_trials"))] = 20,
    timeout: Annotated[str | None, typer.Option(help=say("option_timeout"))] = None,
    folds: Annotated[int, typer.Option(help=say("option_sweep_folds"))] = 3,
    sampler: Annotated[SamplerName, typer.Option(help=say("option_sampler"))] = "tpe",
    pruner: Annotated[PrunerName, typer.Option(help=say("option_pruner"))] = "median",
    parallel: Annotated[int, typer.Option(help=say("option_parallel"))] = 1,
    to: Annotated[Path | None, typer.Option("--out", help=say("option_sweep_out"))] = None,
    model: ModelName = None,
    as_json: JsonOption = False,
) -> None:
    """Try recipes by cross-validation, choose the best one, and train, evaluate and register it."""
    with errors_as_messages(as_json), registered_as(model):
        chosen = resolve_recipe(recipe, changes, encoder=encoder, labels=labels, validation_share=validation_share)
        source = source_of(training, validation, unlabelled)
        seconds = None if timeout is None else seconds_of(timeout)
        if to is not None:
            require_new_recipe_file(to)
        plan = _plan(search, chosen, trials, seconds, folds, sampler, pruner, parallel)
        with flow_process(source, chosen):
            from flows.sweep import sweep as flow

            if parallel > 1:
                from flows.workers import pool_workers

                pool_workers(parallel)
            result = flow(source=source, recipe=chosen, plan=plan)
        _show(result, as_json)
    if to is not None:
        with errors_as_messages(as_json=False):  # standard output holds the result's JSON already
            write_new_recipe_file(to, result.recipe_file.read_text("utf-8"))
        if not as_json:
            out.print(Text(say("init_written", path=to)), soft_wrap=True)


sweep.__doc__ = say("sweep_help")  # what --help shows, in the language of the user


def seconds_of(text: str) -> float:
    """`2h` → 7200.0.

    Raises:
        RecipeError: it is no number with a unit, or zero.
    """
    found = _TIME.fullmatch(text.strip())
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not seconds:
        raise problem(RecipeError, "timeout_unreadable", "--timeout", value=text)
    return seconds


def _plan(
    search: Path | None,
    recipe: TrainingRecipe,
    trials: int,
    seconds: float | None,
    folds: int,
    sampler: SamplerName,
    pruner: PrunerName,
    parallel: int,
) -> "SweepPlan":
    """The plan, with all that can be known to be wrong refused before anything starts."""
    from storyflower.sweeps.plan import SweepPlan
    from storyflower.sweeps.proposals import require_optuna

    space = default_space(recipe) if search is None else read_space(search, recipe)
    plan = SweepPlan(
        space, trials=trials, seconds=seconds, folds=folds, sampler=sampler, pruner=pruner, parallel=parallel
    )
    plan.require_possible()
    require_optuna()
    return plan


def _show(result: "SweepResult", as_json: bool) -> None:
    """The version, the best trials, the finalists, what is to be expected, and where the recipe is."""
    selection = result.selection
    if as_json:
        print_json(result.model_dump(mode="json") | {"selection": selection.to_json()})
        return
    from storyflower.cli.summary import show_summary
    from storyflower.reports.sweep import finalists_table, sentences, trials_table

    show_summary(Home.of(settings()), result.version)
    _show_table(say("sweep.best"), trials_table(selection))
    _show_table(say("sweep.finalists"), finalists_table(selection))
    for sentence in sentences(selection):
        out.print(Text(sentence), soft_wrap=True)
    out.print(Text(f"{say('sweep.recipe')}: {result.recipe_file}"), soft_wrap=True)


def _show_table(heading: str, lines: Sequence[Sequence[str]]) -> None:
    table = Table(*lines[0], title=heading, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for line in lines[1:]:
        table.add_row(*line)
    out.print(table)
