"""The error about a missing column: the columns that were found, and the option to type."""

import difflib
import re
from collections.abc import Sequence

import pandas as pd

from storyflower.cleaning import clean
from storyflower.data.headers import COLUMNS_READ, Header, candidate_rows, needed_columns, places_of, spelling
from storyflower.errors import WorkbookError
from storyflower.messages import problem, say
from storyflower.quoting import listed, quoted, shortened
from storyflower.recipe_data import DataRecipe

_TITLES_LISTED, _TITLE_LENGTH = 30, 30
_OPTIONS_LISTED, _OPTION_LENGTH = 10, 60
_ALIKE = 0.5  # of difflib's ratio: `감정` still suggests itself for `감정_대분류`

# A column of the corpus that means something of its own is never suggested in the place of another.
_TITLES_OF_THE_CORPUS = re.compile("연령|성별|상황키워드|신체질환|감정(대|소)분류|(사람|시스템)(문장|응답)[0-9]+|번호")

_MISREADINGS = (
    ("cp949", "utf-8"),
    ("cp1252", "utf-8"),
    ("latin-1", "utf-8"),
    ("cp1252", "cp949"),
    ("latin-1", "cp949"),
)
"""(encoding by which a text was read, encoding in which it was written)."""


def nearest_header(cells: pd.DataFrame, recipe: DataRecipe) -> Header | None:
    """The row that holds the most of the needed columns, the first of several; None where all cells are blank."""
    return max(candidate_rows(cells), key=lambda row: columns_found(row, recipe), default=None)


def columns_found(header: Header, recipe: DataRecipe) -> int:
    """The number of needed columns that a header holds."""
    return sum(map(bool, places_of(needed_columns(recipe), header.titles).values()))


def missing_columns(header: Header, recipe: DataRecipe, where: str, other_sheets: Sequence[str] = ()) -> WorkbookError:
    """The error about a header that lacks needed columns; `other_sheets` are those that hold all of them."""
    places = places_of(needed_columns(recipe), header.titles)
    missing = [column for column, found in places.items() if not found]
    if is_misread(missing, header.titles):
        return problem(
            WorkbookError, "misread_text", where, title=shortened(max(header.titles, key=len), _TITLE_LENGTH)
        )
    taken = {place for found in places.values() for place in found}
    others = [title for place, title in enumerate(header.titles) if title and place not in taken]
    titles = [title or say("blank_header") for title in header.titles[: _TITLES_LISTED + 1]]
    found = listed(titles, _TITLES_LISTED, _TITLE_LENGTH)
    if other_sheets:
        advice = say("other_sheet", sheets=listed(other_sheets), options=sheet_options(other_sheets))
    else:
        searched = [say("columns_read", count=COLUMNS_READ)] if len(header.titles) >= COLUMNS_READ else []
        advice = " ".join([*searched, _suggestions(missing, others, recipe)])
    return problem(WorkbookError, "missing_column", where, missing=", ".join(missing), found=found, advice=advice)


def sheet_options(sheets: Sequence[str]) -> str:
    """The options with which each of the first sheets is read."""
    options = [f"--set {quoted(f'sheet={sheet}')}" for sheet in sheets]
    return listed(options, _OPTIONS_LISTED, _OPTION_LENGTH)


def _suggestions(missing: list[str], others: list[str], recipe: DataRecipe) -> str:
    free = [title for title in others if not _TITLES_OF_THE_CORPUS.fullmatch(spelling(title))]
    by_spelling = {spelling(title): title for title in reversed(free)}
    advice = []
    for column in missing:
        near = difflib.get_close_matches(spelling(clean(column)), by_spelling, n=1, cutoff=_ALIKE)
        advice += [say("similar", missing=column, near=by_spelling[near[0]])] if near else []
    return " ".join([*advice, say("name_columns", options=_column_options(missing, recipe))])


def _column_options(missing: list[str], recipe: DataRecipe) -> str:
    """An option for each field of the recipe that names a missing column, as one would type it."""
    own = {
        "text_columns": (recipe.text_columns, say("own_text_columns")),
        "label_column": ((recipe.label_column,), say("own_label_column")),
        "fine_label_column": ((recipe.fine_label_column,), say("own_label_column")),
    }
    wanted = [f"{field}={value}" for field, (columns, value) in own.items() if set(columns) & set(missing)]
    return " ".join(f"--set {quoted(change)}" for change in wanted)


def is_misread(missing: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether some title becomes a missing column when the bytes of it are read by the encoding they were meant in.

    What could not be read was lost (U+FFFD), so that only part of the title comes back.
    """
    wanted = [spelling(clean(column)) for column in missing]
    for title in titles:
        if title.isascii():
            continue
        for wrong, right in _MISREADINGS:
            meant = spelling(title.encode(wrong, "ignore").decode(right, "ignore"))
            if meant != spelling(title) and difflib.get_close_matches(meant, wanted, n=1, cutoff=_ALIKE):
                return True
    return False
