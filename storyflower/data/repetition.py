"""The definition of the same text, and the rows that repeat one: duplicates, conflicting labels, texts in two places.

Two texts are the same when they differ in spelling alone: punctuation, blanks, letter case or the width of letters. An
emoji is none of these: it may be all that tells two emotions apart (`그래 😀`, `그래 😡`). Duplicates, conflicts,
validation texts in training, the splits and the comparison of two models all use `text_key`.

Each function but `text_key` takes examples, one a row, with `text`, `label` and `text_key` (what `with_keys` adds).
"""

import hashlib
import unicodedata
from typing import Final

import numpy as np
import pandas as pd
import regex

from storyflower.data.mapped import mapped_texts, parts_of, ranks

KEY: Final = "text_key"
"""The column that `with_keys` adds."""

_LETTER = regex.compile(r"\p{Alphabetic}")
_SPELLING = regex.compile(r"[^\p{Alphabetic}\p{Number}\p{Extended_Pictographic}\p{Regional_Indicator}]+")
"""All but letters, digits and emoji, of which skin tones, joiners and variation selectors do not count."""


def text_key(text: str) -> str:
    """The key shared by all spellings of a cleaned text: its letters, digits and emoji in NFKC, case folded.

    A text without any letter (`10:00`, `^^`, `❤️`) is the same as itself only: there the signs are the content.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _SPELLING.sub("", folded) if _LETTER.search(folded) else text


def draw(key: str, seed: int) -> str:
    """A hash of a text's key (64 hex digits) by which texts are drawn for a split, whatever other texts there are."""
    return hashlib.sha256(f"{seed}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()


def with_keys(examples: pd.DataFrame) -> pd.DataFrame:
    """The examples with the key of each text as the column `text_key`, mapped (see `mapped`)."""
    return examples.assign(**{KEY: _keys(examples["text"]).set_axis(examples.index)})


def kept_rows(examples: pd.DataFrame) -> "pd.Series[int]":
    """For each row, the index of the row that is kept of all with the same text and label; its own where it is that.

    Of several spellings the first in the order of code points is kept, of equal texts the first row: which spelling
    is kept does not depend on the order of the rows.
    """
    order = examples["text"].array.argsort(kind="stable")
    labels, names = pd.factorize(examples["label"])
    group = (ranks(examples[KEY]) * len(names) + labels)[order]
    by_group = np.argsort(group, kind="stable")  # within a group by text
    begins = np.flatnonzero(np.diff(group[by_group], prepend=-1))
    first = np.repeat(order[by_group[begins]], np.diff(begins, append=len(order)))
    kept = np.empty(len(order), np.int64)
    kept[order[by_group]] = examples.index[first]
    return pd.Series(kept, examples.index)


def duplicates(examples: pd.DataFrame) -> "pd.Series[bool]":
    """Rows beyond the one that is kept of those with the same text and label."""
    return kept_rows(examples) != examples.index


def conflicting(examples: pd.DataFrame) -> "pd.Series[bool]":
    """Rows whose text carries more than one label."""
    labels, names = pd.factorize(examples["label"])
    of_text = ranks(examples[KEY])
    lowest, highest = np.full(len(of_text), len(names)), np.full(len(of_text), -1)  # as many texts as rows at most
    np.minimum.at(lowest, of_text, labels)
    np.maximum.at(highest, of_text, labels)
    return pd.Series((lowest < highest)[of_text], examples.index)


def standing_in(examples: pd.DataFrame, others: pd.DataFrame) -> "pd.Series[bool]":
    """Rows whose text also stands in `others`."""
    return examples[KEY].isin(others[KEY])


def _keys(texts: "pd.Series[str]") -> "pd.Series[str]":
    return mapped_texts(list(map(text_key, part)) for part in parts_of(texts))
