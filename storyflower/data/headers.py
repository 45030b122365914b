"""The header of a table: the row it stands in, the needed columns found by name, the release known by the names."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from storyflower.cleaning import clean
from storyflower.recipe_data import DataRecipe

Release = Literal["current", "old", "json", "custom"]

SLICE_COLUMNS = {"age": "연령", "gender": "성별", "situation": "상황키워드"}
"""Columns that describe a dialogue, by their names in a corpus; read where a sheet has them."""

ROWS_SEARCHED = 20
"""Rows, from the first that is not blank, in which a header is looked for."""

COLUMNS_READ = 1000
"""Columns of a table, from the left, that are read. The corpus has 12; a sheet of Excel can have 16,384."""

NUMBER_OR_DATE = re.compile(
    r"[-+]?[\d,]*\.?\d+(e[-+]?\d+)?%?|\d{4}[-./]\d{1,2}[-./]\d{1,2}( \d{1,2}:\d{2}(:\d{2})?)?", re.I
)
"""A whole cell that is a number or a date."""

_SPACING = re.compile(r"[\s_]+")


@dataclass(frozen=True)
class Header:
    """A row that names columns: its line in the table (from 0), its cleaned titles, the lines of titles above it."""

    line: int
    titles: tuple[str, ...]
    below_first: bool = False
    """Whether rows that are not blank stand above it."""


def needed_columns(recipe: DataRecipe) -> list[str]:
    """The columns that the recipe reads, each once."""
    return list(dict.fromkeys([*recipe.text_columns, *recipe.label_columns]))


def spelling(title: str) -> str:
    """The form shared by titles that differ in blanks, underscores, case or width alone, such as `감정 대분류`."""
    return _SPACING.sub("", unicodedata.normalize("NFKC", title).casefold()) or title


def places_of(columns: Iterable[str], titles: Sequence[str]) -> dict[str, list[int]]:
    """All places (from 0) of each column in a header: of its exact title or, where there is none, of its spelling."""
    exact = {column: [place for place, title in enumerate(titles) if title == clean(column)] for column in columns}
    taken = {place for places in exact.values() for place in places}
    alike = [spelling(title) if place not in taken else None for place, title in enumerate(titles)]
    return {
        column: places or [place for place, key in enumerate(alike) if key == spelling(clean(column))]
        for column, places in exact.items()
    }


def usual_width(widths: Iterable[int]) -> int:
    """The most frequent number of filled cells in a row; of equally frequent ones the smallest, 0 without a row."""
    counts = Counter(widths)
    return max(sorted(counts), key=counts.__getitem__, default=0)


def candidate_rows(cells: pd.DataFrame) -> list[Header]:
    """The rows among which a header is looked for: those not blank of the first `ROWS_SEARCHED`, from the first on."""
    filled = cells.notna().any(axis=1).to_numpy()
    if not filled.any():
        return []
    top = int(filled.argmax())
    lines = [line for line in range(top, min(top + ROWS_SEARCHED, len(cells))) if filled[line]]
    return [
        Header(line, tuple(clean(str(cell)) if pd.notna(cell) else "" for cell in cells.iloc[line]), line > top)
        for line in lines
    ]


def likely_header(cells: pd.DataFrame) -> Header | None:
    """The header of a table whose titles are not known; None where all its cells are blank.

    It is the first row with as many titles as most rows have cells: a title of the table above it has fewer, and a row
    with a note beside its text has more. The first title alone may be blank, as pandas writes that of an index.
    """
    rows = candidate_rows(cells)
    widths = [sum(map(bool, row.titles)) for row in rows]
    usual = usual_width(widths)
    left = min((row.titles.index(title) for row in rows for title in row.titles if title), default=0)
    for row, width, below in zip(rows, widths, [*rows[1:], None], strict=True):
        # In a table of two columns such a row may as well be the table's title, written above the second.
        is_index = usual > 2 or (below is not None and NUMBER_OR_DATE.fullmatch(below.titles[left]))
        if width >= usual or (width == usual - 1 and not row.titles[left] and is_index):
            return row
    return None


def headers_in(cells: pd.DataFrame, recipe: DataRecipe) -> list[Header]:
    """The rows that hold every needed column: the first row that is not blank where it does, else all further ones."""
    needed = needed_columns(recipe)
    rows = candidate_rows(cells)
    holding = [row for row in rows if all(places_of(needed, row.titles).values())]
    return holding[:1] if holding and not holding[0].below_first else holding


def find_slice_columns(titles: Sequence[str]) -> dict[str, int]:
    """The place (from 0) of every slice column that stands in a cleaned header exactly once."""
    found = places_of(SLICE_COLUMNS.values(), titles)
    return {title: places[0] for title, places in found.items() if len(places) == 1}


def release_of(titles: Sequence[str]) -> Release:
    """Which AI Hub release a cleaned header belongs to; both go by the same file name."""
    if "번호" in titles and any(title.startswith("시스템응답") for title in titles):
        return "old"
    if any(title.startswith("시스템문장") for title in titles) or (titles[0] == "" and "감정_대분류" in titles):
        return "current"
    return "custom"
