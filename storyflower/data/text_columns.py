"""The texts of a table to be scored: the columns that hold them, and of each row its text or why there is none."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from storyflower.cleaning import clean
from storyflower.data.formulas import failed, is_formula
from storyflower.data.headers import NUMBER_OR_DATE, Header, headers_in, likely_header, places_of
from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import listed
from storyflower.recipe_data import DataRecipe
from storyflower.utterances import clean_cells, join_utterances

NOT_SCORED = ("no_text", "not_text", "formula_failed", "formula_without_value")
"""Why a row that is not blank has no text to score, as codes of `say`."""
USUAL_COLUMNS = ("text", "문장")
"""Columns of whole texts, looked for in this order where those of the model are missing."""

_SENTENCE = re.compile(r".*[.!?…~]|\S+ .*[다요어아해네죠까워퍼져]|(\S+ ){4,}.*")
"""A cell that is clearly no title: it ends as a sentence does, or has five words."""
_LOOKED_AT = 200
"""Rows below the header by which a column is taken for one of texts."""


@dataclass(frozen=True)
class WantedColumns:
    """The columns in which texts are looked for."""

    named: tuple[str, ...] = ()
    """By the user; no others are looked for then."""
    of_model: tuple[str, ...] = ()
    """The text columns that the model was trained on, in its order."""
    labels: tuple[str, ...] = ()
    """Columns of true labels, where answers are compared with them: none, one, or a major and a minor one."""
    by_option: bool = True
    """Whether the user can name the columns by an option, as messages then advise."""

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """The sets of columns to look for, each where none of the ones before it is found."""
        if self.named:
            return (self.named,)
        usual = [(column,) for column in USUAL_COLUMNS]
        return (*((self.of_model,) if self.of_model else ()), *(one for one in usual if one != self.of_model))


@dataclass(frozen=True)
class TextColumns:
    """Where the texts of a table stand."""

    header: Header
    places: tuple[int, ...]
    """Of the columns that are joined to a text (from 0), in their order."""
    label_places: tuple[int, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of the text columns, as the header spells them."""
        return tuple(self.header.titles[place] for place in self.places)


def columns_named(cells: pd.DataFrame, columns: Sequence[str]) -> TextColumns | None:
    """The header that holds all of `columns`, found as the header of a corpus is; None where no row does."""
    headers = headers_in(cells, only(columns))
    if not headers:
        return None
    places = places_of(columns, headers[0].titles)
    return TextColumns(headers[0], tuple(places[column][0] for column in columns))


def only_text_column(cells: pd.DataFrame, of_model: Iterable[str] = ()) -> TextColumns | None:
    """The single column of which most cells are texts.

    Returns:
        None where there is none or several, or some of `of_model`, or where a text stands in the place of the header.
    """
    header = likely_header(cells)
    if header is None or any(places_of(of_model, header.titles).values()):
        return None  # a part of what the model reads: a column is missing, and another is no replacement
    below = cells.iloc[header.line + 1 : header.line + 1 + _LOOKED_AT]
    texts = [place for place, title in enumerate(header.titles) if title and _is_mostly_text(below.iloc[:, place])]
    if len(texts) != 1 or _is_no_header(header.titles, texts[0]):
        return None
    return TextColumns(header, (texts[0],))


def _is_no_header(titles: Sequence[str], place: int) -> bool:
    """Whether a row is one of data: a text, beside numbers or dates if any. A question may be a title beside others."""
    others = [*titles[:place], *filter(None, titles[place + 1 :])]
    return bool(_SENTENCE.fullmatch(titles[place])) and all(map(NUMBER_OR_DATE.fullmatch, others))


def only(columns: Sequence[str]) -> DataRecipe:
    """A recipe that needs just these columns."""
    return DataRecipe(text_columns=tuple(columns), label_column=columns[0])


def scorable_rows(cells: pd.DataFrame, columns: TextColumns) -> pd.DataFrame:
    """The rows of `cells`, all of them below the header, with what is to be scored of each.

    Args:
        cells: text (NA where blank); n rows, some of which may be blank in every column.
        columns: found in the table.

    Returns:
        A frame of the rows that are not blank, with their index: `text` (cleaned and joined; NA where there is none),
        `reason` (one of `NOT_SCORED`, NA where there is a text), and `label_0`, `label_1` … (cleaned label cells).
    """
    kept = cells[cells.notna().any(axis=1).to_numpy()]
    names = [f"text_{number}" for number in range(len(columns.places))]
    cleaned = clean_cells(_renamed(kept, columns.places, names))
    text = join_utterances(cleaned, names)
    reason = pd.Series(pd.NA, index=kept.index, dtype="str")
    reason = reason.mask(text.map(lambda joined: bool(NUMBER_OR_DATE.fullmatch(joined))).astype(bool), "not_text")
    reason = reason.mask(text == "", "no_text")
    for name in names:
        cell = cleaned[name].fillna("")
        reason = reason.mask(cell.map(is_formula).astype(bool), "formula_without_value")
        reason = reason.mask(cell.map(failed).astype(bool), "formula_failed")
    labels = [f"label_{number}" for number in range(len(columns.label_places))]
    found = pd.DataFrame({"text": text.mask(reason.notna()), "reason": reason})
    return pd.concat([found, clean_cells(_renamed(kept, columns.label_places, labels))], axis=1)


def _renamed(cells: pd.DataFrame, places: Sequence[int], names: Sequence[str]) -> pd.DataFrame:
    """The columns at these places, as text, under these names."""
    return pd.DataFrame(
        {name: cells.iloc[:, place].astype("str") for name, place in zip(names, places, strict=True)}, index=cells.index
    )


def labelled(columns: TextColumns, wanted: WantedColumns, where: str, letters: Sequence[str] = ()) -> TextColumns:
    """The columns with the places of the labels in the same header.

    Args:
        columns: of the texts.
        wanted: names the labels.
        where: file and sheet.
        letters: of all columns, as messages call them; their numbers (from 1) where none are given.

    Raises:
        WorkbookError: the header lacks a column of labels, or holds a needed one twice.
    """
    titles = columns.header.titles
    places = places_of([*columns.titles, *wanted.labels], titles)
    for column, found in places.items():
        if len(found) > 1:
            named = ", ".join(letters[place] if letters else str(place + 1) for place in found)
            raise problem(WorkbookError, "repeated_column", where, column=column, letters=named)
    if missing := [column for column in wanted.labels if not places[column]]:
        listing = listed([title for title in titles if title])
        raise problem(WorkbookError, "score_no_label", where, missing=", ".join(missing), found=listing)
    return replace(columns, label_places=tuple(places[column][0] for column in wanted.labels))


def _is_mostly_text(cells: "pd.Series[str]") -> bool:
    given = [clean(str(cell)) for cell in cells.dropna()]
    texts = [cell for cell in given if any(map(str.isalpha, cell)) and not NUMBER_OR_DATE.fullmatch(cell)]
    return 2 * len(texts) > len(given)
