"""The output of `storyflower train` without training: the fields of a recipe, and the needs of a training."""

from pydantic import TypeAdapter
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from storyflower.cli.console import out, print_json
from storyflower.data.fetched_file import fetched_once
from storyflower.messages import language, say
from storyflower.messages.fields import MEANINGS
from storyflower.model.known_encoders import KNOWN_ENCODERS
from storyflower.pipeline.source import CorpusSource
from storyflower.preflight import expected_seconds, preflight, require_trainable
from storyflower.recipe import KOBERT, TrainingRecipe, shown_value
from storyflower.settings import settings
from storyflower.storage.home import Home


def show_fields(recipe: TrainingRecipe, as_json: bool) -> None:
    """Every field with its value, and its meaning below it: names are whole at any width of the terminal."""
    if as_json:
        print_json(recipe.model_dump(mode="json"))
        return
    out.print(Text(say("fields_title", name=recipe.name), style="bold"))
    for dotted, value in recipe.flat().items():
        if dotted == "name":
            continue
        out.print(Text.assemble((dotted, "cyan"), " = ", (shown_value(value), "green")), soft_wrap=True)
        out.print(Padding(Text(_meaning(dotted), style="dim"), (0, 0, 0, 4)))
    out.print(Text(say("fields_set")), soft_wrap=True)
    _show_encoders()


def _show_encoders() -> None:
    """The encoders on the hub that are known to fit, and what is published of each."""
    out.print(Text(say("encoders_title"), style="bold"))
    for name, known in KNOWN_ENCODERS.items():
        licence = known.licence or say("encoders_no_licence")
        score = say("encoders_no_nsmc") if known.nsmc is None else f"NSMC {known.nsmc} % ({known.source})"
        size = say("encoders_size", parameters=known.parameters, positions=known.positions)
        out.print(Text.assemble((name, "green"), f" ({known.family})"), soft_wrap=True)
        out.print(Padding(Text(f"{size} · {licence} · {score}", style="dim"), (0, 0, 0, 4)))


def _meaning(dotted: str) -> str:
    """The description of a field; in English the one in its class."""
    if language() == "ko":
        return MEANINGS[dotted]
    part, _, field = dotted.rpartition(".")
    kind = type(getattr(KOBERT, part))
    return " ".join(TypeAdapter(kind).json_schema()["properties"][field]["description"].split())


def show_plan(source: CorpusSource, recipe: TrainingRecipe, folds: int | None, as_json: bool) -> None:
    """Print what a training needs and how long it takes, as far as that is known; nothing is trained.

    Raises:
        StoryFlowerError: something that it needs is missing, or the training would be refused for its data.
    """
    machine = settings()
    home, recipe = Home.of(machine), recipe.on_machine(machine)
    with fetched_once():
        found = preflight(home, source, recipe, machine.device)
        require_trainable(home, source, recipe, folds)
    seconds = expected_seconds(home, found, recipe, folds)
    if as_json:
        print_json(found.to_json() | {"folds": folds, "expected_seconds": seconds})
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")  # with an ellipsis, Rich cuts Korean text that fills its line
    for book in found.workbooks:
        rows = say("dry.rows_unknown") if book.rows is None else say("dry.rows", rows=book.rows)
        table.add_row(say(f"dry.{book.role}"), Text(book.location), rows)
    table.add_row(say("dry.encoder"), Text(found.encoder))
    table.add_row(say("dry.device"), Text(f"{found.hardware.describe()}, {found.precision}"))
    table.add_row(say("dry.disk"), say("dry.disk_room", free=found.free_gib, needed=found.needed_gib))
    epochs, batch = recipe.training.epochs_for(found.examples), recipe.training.batch_size
    steps = say("dry.steps_of", epochs=epochs, batch=batch, examples=found.examples, steps=found.steps)
    table.add_row(say("dry.steps"), steps)
    if recipe.encoder.adapt_epochs:
        files = len(source.unlabelled_files)
        code = "dry.adapted_further" if files else "dry.adapted"
        table.add_row(say("dry.adaptation"), say(code, epochs=recipe.encoder.adapt_epochs, files=files))
    if folds:
        table.add_row(say("folds.title"), say("dry.folds", folds=folds, times=folds - 1))
    time = say("dry.time_unknown") if seconds is None else say("dry.time_about", minutes=seconds / 60)
    table.add_row(say("dry.time"), time)
    out.print(table)
    out.print(Text(say("dry.nothing")))
