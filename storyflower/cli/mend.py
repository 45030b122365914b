"""`storyflower mend`: the values that a person filled into a report, put back into the workbook."""

from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from storyflower.atomic import write_atomically
from storyflower.cli.console import JsonOption, errors_as_messages, print_json
from storyflower.cli.console import out as console
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.recipe_data import DataRecipe
from storyflower.settings import settings
from storyflower.storage.home import Home

if TYPE_CHECKING:
    from storyflower.data.mending import Mended


def mend(
    workbook: Annotated[str, typer.Argument(help=say("mend_workbook"))],
    report: Annotated[str, typer.Argument(help=say("mend_report"))],
    out: Annotated[Path, typer.Option(help=say("mend_out"))],
    as_json: JsonOption = False,
) -> None:
    """Put the mended values of a report back into its workbook, as a new file."""
    with errors_as_messages(as_json):
        _require_free(out)
        mended = _mended(workbook, report)
        _write(out, mended.content)
        if as_json:
            print_json({"workbook": mended.workbook, "out": str(out), **_counts(mended)})
        else:
            _show(mended, out)


mend.__doc__ = say("mend_help")  # what --help shows, in the language of the user


def _mended(workbook: str, report: str) -> "Mended":
    from storyflower.data.filled_report import read_report
    from storyflower.data.mending import mend as put_back
    from storyflower.data.workbook import fetch_file

    downloads = Home.of(settings()).downloads
    recipe = DataRecipe()
    filled = read_report(fetch_file(report, recipe, downloads))
    return put_back(fetch_file(workbook, recipe, downloads), filled)


def _require_free(out: Path) -> None:
    """Raise WorkbookError when the new workbook would replace a file, or Excel would not open it."""
    if out.suffix.lower() != ".xlsx":
        raise problem(WorkbookError, "out_suffix", str(out))
    if out.exists():
        raise problem(WorkbookError, "out_exists", str(out))


def _write(out: Path, content: bytes) -> None:
    """Write the new workbook whole or not at all, with the permissions that the user's umask gives."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(out) as draft:
            draft.write_bytes(content)
    except OSError as error:
        raise problem(WorkbookError, "out_unwritable", str(out), reason=error.strerror) from error


def _counts(mended: "Mended") -> dict[str, object]:
    return {
        "applied": sum(mended.applied.values()),
        "applied_by_column": mended.applied,
        "left_blank": mended.left_blank,
        "other_workbooks": [asdict(other) for other in mended.others],
    }


def _show(mended: "Mended", out: Path) -> None:
    lines = [say("mended_written", path=out, cells=sum(mended.applied.values()))]
    lines += [f"  {column}: {count:,}" for column, count in mended.applied.items()]
    lines += [say("mended_left_blank", lines=mended.left_blank)] if mended.left_blank else []
    lines += [
        say("mended_others", workbook=other.workbook, digest=other.workbook_sha256[:12], lines=other.lines)
        for other in mended.others
    ]
    lines.append(say("mended_next", path=quote(str(out))))
    for line in lines:
        console.print(Text(line), soft_wrap=True)
