"""`storyflower check`: what is wrong with a workbook, row by row, before anything is trained on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from storyflower.cli.console import JsonOption, err, errors_as_messages, out, print_json
from storyflower.cli.progress import shown_when_slow
from storyflower.cli.recipe_options import (
    ChangesOption,
    LabelsOption,
    RecipeOption,
    ValidationShareOption,
    resolve_recipe,
)
from storyflower.errors import DataContractError, WorkbookError
from storyflower.messages import Lang, problem, say, speaking
from storyflower.pipeline.source import require_one_validation
from storyflower.quoting import pasted, shown
from storyflower.recipe_data import CorpusRecipe, DataRecipe
from storyflower.recipe_presets import DEFAULT_PRESET
from storyflower.settings import settings
from storyflower.storage.home import Home
from storyflower.storage.paths import typed_path

if TYPE_CHECKING:
    from storyflower.data.inspection import Inspection

FINDINGS = 1
UNREADABLE = 2


def check(
    workbooks: Annotated[list[str], typer.Argument(help=say("check_workbooks"))],
    report: Annotated[Path | None, typer.Option(help=say("check_report"))] = None,
    recipe: RecipeOption = DEFAULT_PRESET,
    changes: ChangesOption = None,
    labels: LabelsOption = None,
    validation_share: ValidationShareOption = None,
    sheet: Annotated[str | None, typer.Option(help=say("check_sheet"))] = None,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help=say("check_lang"))] = None,
) -> None:
    """Check workbooks without training: exit code 0 clean, 1 findings or not enough to train on, 2 unreadable."""
    with speaking(lang), errors_as_messages(as_json, exit_code=UNREADABLE):
        chosen = resolve_recipe(recipe, changes, labels=labels, validation_share=validation_share)
        if workbooks[1:]:
            require_one_validation(chosen.corpus)
        data = chosen.data if sheet is None else replace(chosen.data, sheet=sheet)
        inspection = _inspect(workbooks, report, data)
        refused = inspection.refusal(chosen.corpus)
        _show(inspection, chosen.corpus, refused, report, as_json)
    if inspection.unreadable:
        raise typer.Exit(UNREADABLE)
    # A workbook alone may be a part of what is trained on, such as the corrections that users made.
    is_refused = refused is not None and inspection.has_validation(chosen.corpus)
    raise typer.Exit(FINDINGS if is_refused or not inspection.is_clean else 0)


check.__doc__ = say("check_help")  # what --help shows, in the language of the user


def _show(
    inspection: "Inspection",
    corpus: CorpusRecipe,
    refused: DataContractError | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Print what was found, and why a training would be refused; on standard error, what could not be read."""
    if as_json:
        from storyflower.data.inspection_json import inspection_json

        print_json(inspection_json(inspection, corpus, refused))
    elif inspection.workbooks:
        from storyflower.cli.check_view import show, show_training

        show(inspection, out, report)
        show_training(inspection, corpus, refused, out)
    for error in inspection.unreadable:
        err.print("✗", Text(str(error)), style="red", soft_wrap=True)


def _inspect(workbooks: Sequence[str], report: Path | None, recipe: DataRecipe) -> "Inspection":
    """Judge the workbooks and write the report.

    Raises:
        WorkbookError: the only workbook cannot be read, a folder or glob holds none, or the report cannot be written.
    """
    from storyflower.data.reader_process import reader

    reader().start()  # it imports pandas while this process does
    from storyflower.data.inspection import inspect
    from storyflower.data.rejected import write_rejected
    from storyflower.storage.locations import expand_locations

    training, validation = expand_locations(workbooks[0]), expand_locations(workbooks[1:])
    if report is not None:
        _require_free(report, [*training, *validation], recipe)
    names = ", ".join(PurePosixPath(shown(location)).name for location in [*training, *validation])
    with shown_when_slow(err.status(say("reading", names=names))):
        inspection = inspect(training, validation, recipe, Home.of(settings()).downloads)
    if not inspection.workbooks and len(inspection.unreadable) == 1:
        raise inspection.unreadable[0]
    if report is not None and inspection.workbooks:
        with _report_errors(report):
            report.parent.mkdir(parents=True, exist_ok=True)
            write_rejected(report, inspection.set_aside(), recipe)
    return inspection


def _require_free(report: Path, workbooks: Sequence[str], recipe: DataRecipe) -> None:
    """Raise WorkbookError when the report would replace what is not to be lost, or Excel would not open it."""
    if report.suffix.lower() != ".xlsx":
        raise problem(WorkbookError, "report_suffix", str(report))
    if any(report.resolve() == typed_path(location).resolve() for location in workbooks):
        raise problem(WorkbookError, "report_is_input", str(report))
    with _report_errors(report):
        exists = report.exists()
    if exists:
        _require_unfilled(report, recipe)


@contextmanager
def _report_errors(report: Path) -> Iterator[None]:
    """Raise WorkbookError where the system refuses to look at the report's place, or to write there."""
    try:
        yield
    except OSError as error:
        raise problem(WorkbookError, "report_unwritable", str(report), reason=error.strerror) from error


def _require_unfilled(report: Path, recipe: DataRecipe) -> None:
    """Raise WorkbookError unless an existing file is a report into which nobody has filled a value."""
    from storyflower.data.filled_report import read_report
    from storyflower.data.workbook import fetch_file

    try:
        former = read_report(fetch_file(str(report.absolute()), recipe, Home.of(settings()).downloads))
    except WorkbookError as error:
        raise problem(WorkbookError, "report_exists", str(report), reason=error.problem) from error
    filled = sum(line.mended_value is not None for line in former.lines)
    if filled:
        raise problem(WorkbookError, "report_filled", str(report), count=filled, path=pasted(str(report)))
