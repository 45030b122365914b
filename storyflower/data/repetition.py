"""Texts that stand more than once: the same example again, the same text with another label, a text in two workbooks.

Each function takes examples (`text`, `label`, one a row) and answers for each of their rows, most with a mask.
"""

import pandas as pd


def firsts(examples: pd.DataFrame) -> "pd.Series[int]":
    """For each row, the index of the first row with the same text and label: its own where it is the first."""
    return examples.index.to_series().groupby([examples["text"], examples["label"]]).transform("first")


def duplicates(examples: pd.DataFrame) -> "pd.Series[bool]":
    """Rows beyond the first with the same text and label."""
    return examples.duplicated(["text", "label"], keep="first")


def conflicting(examples: pd.DataFrame) -> "pd.Series[bool]":
    """Rows whose text carries more than one label."""
    return examples.groupby("text")["label"].transform("nunique") > 1


def standing_in(examples: pd.DataFrame, others: pd.DataFrame) -> "pd.Series[bool]":
    """Rows whose text also stands in `others`."""
    return examples["text"].isin(others["text"])
