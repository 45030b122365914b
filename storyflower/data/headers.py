"""The header of a sheet: the needed columns found by name, and the release told from the names."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Literal

from storyflower.data.cleaning import clean
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.recipe_parts import DataRecipe

Release = Literal["current", "old", "custom"]

SLICE_COLUMNS = {"age": "연령", "gender": "성별", "situation": "상황키워드"}
"""Columns that tell about a dialogue, by our own names; read where a sheet has them. Both releases call them so."""

# What stands beside the cells in what we write.
_OURS = {"workbook", "workbook_sha256", "sheet", "excel_row", "reason", "same_text_at"}

_TITLES_LISTED, _TITLE_LENGTH = 30, 30
_ALIKE = 0.5  # of difflib's ratio: `감정` still suggests itself for `감정_대분류`


def needed_columns(recipe: DataRecipe) -> list[str]:
    """The columns that the recipe reads, each once."""
    minor = [recipe.fine_label_column] if recipe.label_set == "fine" else []
    return list(dict.fromkeys([*recipe.text_columns, recipe.label_column, *minor]))


def find_columns(recipe: DataRecipe, header: Sequence[str], letters: Sequence[str], where: str) -> dict[str, int]:
    """The place (from 0) of every needed column in a cleaned header; `letters` are the columns' names in Excel.

    Raises:
        WorkbookError: a needed column is missing, stands there more than once, or has a name that we need ourselves.
    """
    titles = {column: clean(column) for column in needed_columns(recipe)}
    if taken := _OURS.intersection(titles):
        raise problem(WorkbookError, "reserved_column", where, column=", ".join(sorted(taken)))
    missing = [column for column, title in titles.items() if title not in header]
    if missing:
        raise _missing_columns(missing, titles.values(), header, where)
    for column, title in titles.items():
        places = [letter for letter, found in zip(letters, header, strict=True) if found == title]
        if len(places) > 1:
            raise problem(WorkbookError, "repeated_column", where, column=column, letters=", ".join(places))
    return {column: header.index(title) for column, title in titles.items()}


def find_slice_columns(header: Sequence[str]) -> dict[str, int]:
    """The place (from 0) of every slice column that stands in a cleaned header exactly once."""
    return {title: header.index(title) for title in SLICE_COLUMNS.values() if header.count(title) == 1}


def release_of(header: Sequence[str]) -> Release:
    """Which AI Hub release a cleaned header belongs to; both go by the same file name."""
    if "번호" in header and any(title.startswith("시스템응답") for title in header):
        return "old"
    if any(title.startswith("시스템문장") for title in header) or (header[0] == "" and "감정_대분류" in header):
        return "current"
    return "custom"


def column_letters(index: int) -> str:
    """The letters that Excel shows for a column, counted from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _missing_columns(missing: list[str], needed: Iterable[str], header: Sequence[str], where: str) -> WorkbookError:
    others = [title for title in header if title and title not in needed]
    advice = []
    for column in missing:
        near = difflib.get_close_matches(clean(column), others, n=1, cutoff=_ALIKE)
        advice += [say("similar", missing=column, near=near[0])] if near else []
    advice.append(say("name_columns"))
    found = ", ".join(_short(title) or say("blank_header") for title in header[:_TITLES_LISTED])
    found += " …" if len(header) > _TITLES_LISTED else ""
    return problem(
        WorkbookError, "missing_column", where, missing=", ".join(missing), found=found, advice=" ".join(advice)
    )


def _short(title: str) -> str:
    return title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH]}…"
