"""`storyflower check`: what is wrong with a workbook, row by row, before anything is trained on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Annotated

import typer

from storyflower.commands.console import err, out, print_json, told_plainly
from storyflower.data.label_file import read_label_file
from storyflower.errors import WorkbookError
from storyflower.messages import Lang, problem, say, speaking
from storyflower.recipe_parts import DataRecipe
from storyflower.settings import settings

if TYPE_CHECKING:
    from storyflower.data.inspection import Inspection

FINDINGS = 1
UNREADABLE = 2

_SLOW_SECONDS = 2.0


def check(
    workbooks: Annotated[
        list[str],
        typer.Argument(
            help="Workbooks (.xlsx): paths, folders, 'globs*' or addresses; the first is training, others validation."
        ),
    ],
    report: Annotated[
        Path | None, typer.Option(help="Write every row with a finding to this .xlsx, to be mended.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    lang: Annotated[Lang | None, typer.Option(help="Language of the messages; STORYFLOWER_LANG, or Korean.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="JSON list of your own labels, instead of the six emotions.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet to read; the first when not given.")] = None,
) -> None:
    """Check workbooks without training: exit code 0 clean, 1 findings, 2 unreadable."""
    with speaking(lang), told_plainly(as_json, exit_code=UNREADABLE):
        inspection = _inspect(workbooks, report, labels, sheet)
        if as_json:
            print_json(inspection.to_json())
        else:
            from storyflower.commands.check_view import show

            show(inspection, out, report)
    raise typer.Exit(0 if inspection.is_clean else FINDINGS)


def _inspect(workbooks: Sequence[str], report: Path | None, labels: Path | None, sheet: str | None) -> "Inspection":
    """Judge the workbooks and write the report."""
    from storyflower.data.inspection import inspect
    from storyflower.data.locations import expand_locations
    from storyflower.data.rejected import write_rejected

    training, validation = expand_locations(workbooks[0]), expand_locations(workbooks[1:])
    if report is not None:
        _require_free(report, [*training, *validation])
    recipe = DataRecipe(sheet=sheet)
    if labels is not None:
        recipe = replace(recipe, label_set=read_label_file(labels))
    names = ", ".join(Path(location).name for location in [*training, *validation])
    with _notice_when_slow(say("reading", names=names)):
        inspection = inspect(training, validation, recipe, settings().home / "downloads")
    if report is not None:
        try:
            report.parent.mkdir(parents=True, exist_ok=True)
            write_rejected(report, inspection.set_aside(), recipe)
        except OSError as error:
            raise problem(WorkbookError, "report_unwritable", str(report), reason=error.strerror) from error
    return inspection


def _require_free(report: Path, workbooks: Sequence[str]) -> None:
    """Raise WorkbookError when the report would replace one of the workbooks, or Excel would not open it."""
    if report.suffix.lower() != ".xlsx":
        raise problem(WorkbookError, "report_suffix", str(report))
    if any(report.resolve() == Path(location).expanduser().resolve() for location in workbooks):
        raise problem(WorkbookError, "report_is_input", str(report))


@contextmanager
def _notice_when_slow(text: str) -> Iterator[None]:
    """Show that something is going on once it has taken two seconds."""
    status = err.status(text)
    timer = Timer(_SLOW_SECONDS, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()
