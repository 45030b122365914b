"""Joining the cells of a row into one text, in the same way for training and for predictions."""

from collections.abc import Sequence

import pandas as pd

from storyflower.cleaning import clean


def clean_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """The same columns with every text cleaned (`clean`), NA where nothing is left or nothing was there.

    Args:
        cells: texts and missing values alone.
    """
    # A column without a single value would come back as numbers; a cell of nothing but invisible characters is blank.
    cleaned = {str(column): cells[column].map(clean, na_action="ignore").astype("str") for column in cells}
    # Not `cells.assign`, which no column called `self` can be given to.
    return pd.DataFrame({column: texts.where(texts != "") for column, texts in cleaned.items()}, index=cells.index)


def join_utterances(cleaned: pd.DataFrame, columns: Sequence[str]) -> "pd.Series[str]":
    """The text of each row: its utterances in the order of `columns`, joined with a blank; missing ones are skipped.

    Args:
        cleaned: cells as `clean_cells` leaves them.
        columns: of the utterances.
    """
    utterances = cleaned[list(columns)].fillna("")
    rows = zip(*(utterances[column] for column in utterances), strict=True)
    return pd.Series([" ".join(filter(None, row)) for row in rows], index=cleaned.index, dtype="str")
