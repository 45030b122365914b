"""`storyflower check`: what is wrong with a workbook, row by row, before anything is trained on it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from storyflower.data.cleaning import clean
from storyflower.data.messages import Lang, problem, say, speaking
from storyflower.errors import RecipeError, StoryFlowerError, WorkbookError
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
        typer.Argument(help="Workbooks (.xlsx): paths or addresses; the first is training, others validation."),
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
    console = Console(highlight=False)
    stderr = Console(stderr=True, highlight=False)
    with speaking(lang):
        try:
            inspection = _inspect(workbooks, report, labels, sheet, stderr)
        except StoryFlowerError as error:
            stderr.print(str(error), markup=False, style="red", soft_wrap=True)
            if as_json:
                typer.echo(json.dumps({"error": _error_json(error)}, ensure_ascii=False))
            raise typer.Exit(UNREADABLE) from None
        if as_json:
            typer.echo(json.dumps(inspection.to_json(), ensure_ascii=False, indent=1))
        else:
            from storyflower.commands.check_view import show

            show(inspection, console, report)
    raise typer.Exit(0 if inspection.is_clean else FINDINGS)


def _inspect(
    workbooks: Sequence[str], report: Path | None, labels: Path | None, sheet: str | None, stderr: Console
) -> "Inspection":
    """Judge the workbooks and write the report."""
    from storyflower.data.inspection import inspect
    from storyflower.data.rejected import write_rejected

    if report is not None:
        _require_free(report, workbooks)
    recipe = DataRecipe(sheet=sheet)
    if labels is not None:
        recipe = replace(recipe, label_set=_own_labels(labels))
    names = ", ".join(Path(location).name for location in workbooks)
    with _notice_when_slow(stderr, say("reading", names=names)):
        inspection = inspect(workbooks, recipe, settings().home / "downloads")
    if report is not None:
        try:
            report.parent.mkdir(parents=True, exist_ok=True)
            write_rejected(report, inspection.set_aside())
        except OSError as error:
            raise problem(WorkbookError, "report_unwritable", str(report), reason=error.strerror) from error
    return inspection


def _require_free(report: Path, workbooks: Sequence[str]) -> None:
    """Raise WorkbookError when the report would replace one of the workbooks, or Excel would not open it."""
    if report.suffix.lower() != ".xlsx":
        raise problem(WorkbookError, "report_suffix", str(report))
    if any(report.resolve() == Path(location).expanduser().resolve() for location in workbooks):
        raise problem(WorkbookError, "report_is_input", str(report))


def _own_labels(path: Path) -> tuple[str, ...]:
    """The names of a label file; RecipeError when it is not a JSON list of two or more distinct names."""
    try:
        names = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise problem(RecipeError, "bad_label_file", str(path), reason=error.strerror) from error
    except ValueError as error:
        raise problem(RecipeError, "bad_label_file", str(path), reason=error) from error
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise problem(RecipeError, "bad_label_file", str(path), reason=json.dumps(names, ensure_ascii=False)[:80])
    cleaned = tuple(clean(name) for name in names)
    if len(set(cleaned)) < max(len(cleaned), 2):
        raise problem(RecipeError, "bad_label_file", str(path), reason=", ".join(cleaned))
    return cleaned


def _error_json(error: StoryFlowerError) -> dict[str, Any]:
    kind = type(error).__name__
    return {"type": kind, "problem": error.problem, "where": error.where, "remedy": error.remedy}


@contextmanager
def _notice_when_slow(stderr: Console, text: str) -> Iterator[None]:
    """Show that something is going on once it has taken two seconds."""
    status = stderr.status(text)
    timer = Timer(_SLOW_SECONDS, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()
