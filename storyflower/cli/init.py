"""`storyflower init`: a recipe file for a workbook, whose columns a person names or accepts."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from storyflower.cli.console import JsonOption, errors_as_messages, out, print_json
from storyflower.cli.recipe_options import RecipeOption, resolve_recipe
from storyflower.cli.visible import visible
from storyflower.data.fetched_file import fetched_once
from storyflower.errors import RecipeError, WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import listed, shortened, shown
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_file import recipe_as_toml, require_new_recipe_file, write_new_recipe_file
from storyflower.recipe_presets import DEFAULT_PRESET
from storyflower.settings import settings
from storyflower.storage.home import Home

if TYPE_CHECKING:
    from storyflower.data.column_profiles import SheetProfile


def init(
    workbook: Annotated[str, typer.Argument(help=say("init_workbook"))],
    text: Annotated[list[str] | None, typer.Option("--text", help=say("init_text"))] = None,
    label: Annotated[str | None, typer.Option("--label", help=say("init_label"))] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help=say("check_sheet"))] = None,
    recipe: RecipeOption = DEFAULT_PRESET,
    to: Annotated[Path, typer.Option("--out", help=say("init_out"))] = Path("recipe.toml"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help=say("init_yes"))] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a recipe file for a workbook: which columns hold the texts and the labels."""
    with errors_as_messages(as_json), fetched_once():  # the workbook is fetched for its profile and for its labels
        require_new_recipe_file(to)
        chosen = resolve_recipe(recipe)
        profile = _profile_of(workbook, sheet, chosen)
        asks = not (yes or as_json) and _is_terminal()
        if not as_json:
            _show(profile)
        texts = tuple(text) if text else _texts(profile, workbook, asks)
        labels_in = label or _labels(profile, workbook, asks, texts)
        made, labels, others = _recipe_for(workbook, chosen, profile, sheet, texts, labels_in)
        comment = say("init_comment", workbook=visible(PurePosixPath(shown(workbook)).name))
        write_new_recipe_file(to, recipe_as_toml(made, comment))
        if as_json:
            print_json(_as_json(to, made, labels, others))
        else:
            _show_result(workbook, to, labels, others)


init.__doc__ = say("init_help")  # what --help shows, in the language of the user


def _is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def _profile_of(workbook: str, sheet: str | None, recipe: TrainingRecipe) -> "SheetProfile":
    """The sheet that is named, else the first visible one in which texts and labels are found, else the first."""
    from storyflower.data.column_profiles import profile_columns
    from storyflower.data.headers import needed_columns
    from storyflower.data.missing import is_misread
    from storyflower.data.workbook import fetch_file

    profiles = profile_columns(fetch_file(workbook, recipe.data, Home.of(settings()).downloads), recipe.data)
    if not profiles:
        raise problem(WorkbookError, "init_no_columns", workbook)
    titles = max((profile.titles for profile in profiles), key=len)
    if is_misread(needed_columns(recipe.data), titles):
        raise problem(WorkbookError, "misread_text", workbook, title=shortened(max(titles, key=len)))
    if sheet is not None:
        named = next((profile for profile in profiles if profile.sheet == sheet), None)
        if named is None:
            raise problem(
                WorkbookError, "init_no_sheet", workbook, sheet=sheet, sheets=listed([p.sheet for p in profiles])
            )
        return named
    visible = sorted(profiles, key=lambda profile: profile.hidden)
    return next((p for p in visible if p.likely_texts() and p.likely_labels()), visible[0])


def _texts(profile: "SheetProfile", workbook: str, asks: bool) -> tuple[str, ...]:
    likely = profile.likely_texts()
    if asks:
        return _asked(say("init_ask_text"), ", ".join(likely), profile, lambda typed: _titles_in(typed, profile))
    if not likely:
        raise problem(RecipeError, "init_no_text", workbook, titles=listed(profile.titles))
    return likely


def _labels(profile: "SheetProfile", workbook: str, asks: bool, texts: Sequence[str]) -> str:
    likely = profile.likely_labels()
    likely = None if likely in texts else likely
    if asks:
        return _asked(say("init_ask_label"), likely or "", profile, lambda typed: (typed,))[0]
    if likely is None:
        raise problem(RecipeError, "init_no_label", workbook, titles=listed(profile.titles))
    return likely


def _titles_in(typed: str, profile: "SheetProfile") -> tuple[str, ...]:
    """The titles that are proposed, or one title, either of which may hold commas; else those between the commas."""
    likely = profile.likely_texts()
    if typed == ", ".join(likely):
        return likely
    if not _unknown([typed], profile):
        return (typed,)
    return tuple(part.strip() for part in typed.split(",") if part.strip())


def _asked(
    question: str, likely: str, profile: "SheetProfile", titles_in: Callable[[str], tuple[str, ...]]
) -> tuple[str, ...]:
    """One or more titles; asked again until all are titles of the sheet."""
    while True:
        typed = str(typer.prompt(question, default=likely or None)).strip()
        named = titles_in(typed)
        unknown = _unknown(named, profile)
        if typed and named and not unknown:
            return named
        message = say("init_unknown", unknown=", ".join(unknown) or typed, titles=", ".join(profile.titles))
        out.print(Text(message), style="yellow")


def _unknown(titles: Sequence[str], profile: "SheetProfile") -> list[str]:
    """Those that are no titles of the sheet."""
    from storyflower.data.headers import places_of

    return [title for title, places in places_of(titles, profile.titles).items() if not places]


def _recipe_for(
    workbook: str, recipe: TrainingRecipe, profile: "SheetProfile", sheet: str | None, texts: Sequence[str], label: str
) -> tuple[TrainingRecipe, dict[str, int], dict[str, int]]:
    """The recipe with these columns and the labels that stand there; the rows of each label, and of other values.

    The sheet is named in the recipe where the user named it, or where a training would choose another one.
    """
    from storyflower.data.column_profiles import label_set_of, labels_in
    from storyflower.data.formulas import is_formula
    from storyflower.data.workbook import read_workbook

    downloads = Home.of(settings()).downloads
    data = replace(recipe.data, text_columns=tuple(texts), label_column=label, label_set="major", sheet=sheet)
    read = read_workbook(workbook, data, downloads)
    if read.sheet != profile.sheet:
        data = replace(data, sheet=profile.sheet)
        read = read_workbook(workbook, data, downloads)
    counts, others = labels_in(read.frame[label])
    if any(map(is_formula, counts)):
        raise problem(WorkbookError, "init_formulas", read.where, column=label)
    if len(counts) < 2:
        raise problem(RecipeError, "init_one_label", read.where, column=label, labels=listed([*counts]))
    changes = {
        "data.text_columns": data.text_columns,
        "data.label_column": label,
        "data.label_set": label_set_of(counts, data.max_rejected_share),
        "data.sheet": data.sheet,
    }
    return recipe.with_changes(changes), counts, others


def _show(profile: "SheetProfile") -> None:
    table = Table(title=say("init_title", sheet=profile.sheet, rows=profile.rows), title_justify="left")
    for heading in ("init_column", "init_filled", "init_distinct", "init_examples"):
        table.add_column(say(heading), justify="right" if heading in ("init_filled", "init_distinct") else "left")
    for column in profile.columns:
        cells = (column.title, f"{column.filled:,}", f"{column.distinct:,}", " · ".join(column.examples))
        table.add_row(*map(Text, cells))
    out.print(table)


def _show_result(workbook: str, to: Path, labels: dict[str, int], others: dict[str, int]) -> None:
    for code, counts in (("init_labels", labels), ("init_no_labels", others)):
        counted = listed([f"{name} {count:,}" for name, count in counts.items()])
        if counts:
            out.print(Text(say(code, count=len(counts), labels=counted)), soft_wrap=True)
    out.print(Text(say("init_written", path=to)), soft_wrap=True)
    out.print(Text(say("init_next", workbook=quote(workbook), path=quote(str(to)))), soft_wrap=True)


def _as_json(to: Path, recipe: TrainingRecipe, labels: dict[str, int], others: dict[str, int]) -> dict[str, object]:
    return {
        "recipe": str(to),
        "sheet": recipe.data.sheet,
        "text_columns": list(recipe.data.text_columns),
        "label_column": recipe.data.label_column,
        "labels": labels,
        "no_labels": others,
    }
