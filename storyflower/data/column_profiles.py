"""The columns of each sheet of a file, described, so that a person can say which hold texts and which the labels."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from storyflower.cleaning import clean
from storyflower.data.choice import SHEETS_SEARCHED
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.formulas import failed
from storyflower.data.headers import likely_header, places_of, spelling
from storyflower.data.labels import MAJORS
from storyflower.data.reader_process import reader
from storyflower.data.tables import Table
from storyflower.quoting import shortened
from storyflower.recipe_data import DataRecipe

_EXAMPLES, _EXAMPLE_LENGTH = 3, 30
_MOST_LABELS = 1000
"""Different values, as of the recipe's field `label_set`."""
_LEAST_MEAN_LENGTH = 8.0
"""Characters of a text, on average; shorter cells are taken for categories."""
_LEAST_SPACED = 0.25
_USUAL_LABELS = ("감정", "라벨", "레이블", "분류", "label", "emotion", "class", "category", "sentiment")
_USUAL_TEXTS = ("문장", "text", "sentence", "발화", "내용", "댓글", "review", "comment")


@dataclass(frozen=True)
class ColumnProfile:
    """The cells of a column below its title."""

    title: str
    filled: int
    """Cells that are not blank."""
    distinct: int
    """Different cells, cleaned."""
    mean_length: float
    """Characters of a filled cell, on average."""
    spaced: float
    """Share (0 to 1) of the different cells that hold a blank: sentences do, identifiers and addresses do not."""
    examples: tuple[str, ...]
    """The most frequent cells, shortened."""

    @property
    def may_be_labels(self) -> bool:
        """Whether its cells repeat like names of classes."""
        return 2 <= self.distinct <= min(_MOST_LABELS, self.filled // 2)

    @property
    def may_be_texts(self) -> bool:
        """Whether its cells are mostly different, and of the length and form of sentences."""
        is_long = self.mean_length >= _LEAST_MEAN_LENGTH
        return 2 * self.distinct > self.filled and is_long and self.spaced >= _LEAST_SPACED


@dataclass(frozen=True)
class SheetProfile:
    """The columns of a sheet that have a title of their own."""

    sheet: str
    hidden: bool
    rows: int
    """Rows below the header that are not blank."""
    columns: tuple[ColumnProfile, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of the columns."""
        return tuple(column.title for column in self.columns)

    def likely_texts(self) -> tuple[str, ...]:
        """The columns that most likely hold the texts: the corpus' own, one of a usual name, or the longest cells."""
        of_corpus = DataRecipe().text_columns
        if all(places_of(of_corpus, self.titles).values()):
            return of_corpus
        texts = [column for column in self.columns if column.may_be_texts]
        named = _by_usual_name(texts, _USUAL_TEXTS)
        found = named or max(texts, key=lambda column: column.mean_length, default=None)
        return (found.title,) if found else ()

    def likely_labels(self) -> str | None:
        """The column that most likely holds the labels: the corpus' own, one of a usual name, or the only one whose
        cells repeat.
        """
        of_corpus = DataRecipe().label_column  # also where its cells are merged, and so stand there once each
        if places_of([of_corpus], self.titles)[of_corpus]:
            return of_corpus
        repeating = [column for column in self.columns if column.may_be_labels]
        named = _by_usual_name(repeating, _USUAL_LABELS)
        found = named or (repeating[0] if len(repeating) == 1 else None)
        return found.title if found else None


def profile_columns(file: FetchedFile, recipe: DataRecipe) -> tuple[SheetProfile, ...]:
    """Describe the columns of every sheet that has rows; the file is parsed in the reader process.

    Args:
        file: a workbook, a CSV file or AI Hub's JSON release.
        recipe: for the limit on the uncompressed size.

    Raises:
        WorkbookError: the file is none of these, is damaged, or reading it takes too much.
    """
    facts = reader().run("columns", file, {"recipe": recipe}).facts
    return tuple(
        SheetProfile(
            **sheet
            | {"columns": tuple(ColumnProfile(**c | {"examples": tuple(c["examples"])}) for c in sheet["columns"])}
        )
        for sheet in facts["sheets"]
    )


def facts_of(sheets: Sequence[SheetProfile]) -> Mapping[str, Any]:
    """The profiles as JSON holds them."""
    return {"sheets": [asdict(sheet) for sheet in sheets]}


def profiles_here(file: FetchedFile, recipe: DataRecipe) -> tuple[SheetProfile, ...]:
    """The result of `profile_columns`, made in this process."""
    from storyflower.data.parsing import tables_of  # it imports this process' readers of files

    tables = tables_of(file, recipe)
    profiles = (_profile(tables.load(sheet)) for sheet in tables.sheets[:SHEETS_SEARCHED])
    return tuple(profile for profile in profiles if profile.rows and profile.columns)


def _profile(table: Table) -> SheetProfile:
    header = likely_header(table.cells)
    if header is None:
        return SheetProfile(table.sheet, table.hidden, 0, ())
    below = table.cells.iloc[header.line + 1 :]
    below = below[below.notna().any(axis=1).to_numpy()]
    named = [place for place, title in enumerate(header.titles) if title and header.titles.count(title) == 1]
    columns = tuple(_column(header.titles[place], below.iloc[:, place]) for place in named)
    return SheetProfile(table.sheet, table.hidden, len(below), columns)


def _column(title: str, cells: "pd.Series[Any]") -> ColumnProfile:
    given = cells.dropna().astype("str").map(clean)
    counts = given[given != ""].value_counts()
    filled = int(counts.sum())
    of_length = counts.index.str.len().to_numpy() * counts.to_numpy() if filled else counts.to_numpy()
    return ColumnProfile(
        title,
        filled,
        distinct=len(counts),
        mean_length=float(of_length.sum() / max(filled, 1)),
        spaced=float(counts.index.str.contains(" ").mean()) if filled else 0.0,
        examples=tuple(shortened(str(cell), _EXAMPLE_LENGTH) for cell in counts.index[:_EXAMPLES]),
    )


def _by_usual_name(columns: Sequence[ColumnProfile], names: Sequence[str]) -> ColumnProfile | None:
    by_spelling = {spelling(column.title): column for column in columns}
    return next((by_spelling[key] for name in names if (key := spelling(name)) in by_spelling), None)


def labels_in(cells: "pd.Series[str]") -> tuple[dict[str, int], dict[str, int]]:
    """The labels of a column, the most frequent first, and the values that are none; each with its rows.

    None are the signs of formulas that failed (`#REF!`) and, of values that `spelling` makes equal (`Joy`, `ｊoy`), all
    but the most frequent: a training knows each label in one spelling, and `check` lists the other rows.
    """
    cleaned = cells.dropna().map(clean)
    counts = {str(value): int(count) for value, count in cleaned[cleaned != ""].value_counts().items()}
    kept: dict[str, str] = {}
    for value in sorted(counts, key=lambda value: (-counts[value], value)):
        if not failed(value):
            kept.setdefault(spelling(value), value)
    labels = {value: counts[value] for value in kept.values()}
    return labels, {value: count for value, count in counts.items() if value not in labels}


def label_set_of(counts: Mapping[str, int], stray_share: float) -> Literal["major"] | tuple[str, ...]:
    """The recipe's `label_set` for a column of labels.

    Args:
        counts: rows by label.
        stray_share: share of the rows (0 to 1) that may carry something else for the column to be one of the six
            emotions.

    Returns:
        `major` where all six emotions stand there and hardly anything else; otherwise the labels themselves, sorted.
    """
    stray = sum(count for label, count in counts.items() if label not in MAJORS)
    is_major = set(MAJORS) <= counts.keys() and stray <= stray_share * sum(counts.values())
    return "major" if is_major else tuple(sorted(counts))
