"""The usable rows of several workbooks as one: repetition is left out, and every row is accounted for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from storyflower.data import repetition
from storyflower.data.contract import REASONS
from storyflower.data.labels import LabelMap
from storyflower.data.mapped import take_mapped
from storyflower.data.rejected import set_aside
from storyflower.data.schema import REPAIRS, CheckedWorkbook
from storyflower.data.workbook import EXCEL_ROW

BOOK = "book"
Role = Literal["training", "validation"]

MERGED = "rare_label_merged"
"""The count of rows whose rare label counts as another (see `rare_labels`), beside the counts of what was mended."""
LEFT_OUT = ("in_validation", "in_earlier_workbook", "duplicate", "conflicting_label", "rare_label")
"""Why a usable row is left out of the corpus; a row has the first reason that fits."""


@dataclass(frozen=True)
class Pool:
    """Checked workbooks, in the order given.

    rows: the columns of `CheckedWorkbook.usable`, `book`, the workbook's number, and `text_key`, the same for all
        spellings of a text (see `repetition.text_key`).
    """

    workbooks: tuple[CheckedWorkbook, ...]
    rows: pd.DataFrame

    @property
    def where(self) -> str:
        """Files and sheets, for messages."""
        return ", ".join(checked.workbook.where for checked in self.workbooks)

    def places(self, rows: pd.DataFrame) -> list[str]:
        """The place of each of these rows: workbook, sheet and the row number that Excel shows."""
        named = zip(rows[BOOK], rows[EXCEL_ROW], strict=True)
        return [f"{self.workbooks[book].workbook.where} {row}" for book, row in named]


@dataclass(frozen=True)
class Source:
    """The counts of the rows of one workbook, by what was done with them."""

    role: Role
    workbook: str
    """Its location."""
    workbook_sha256: str
    sheet: str
    rows: int
    kept: int
    """Examples of the corpus; `rows` less all set aside."""
    set_aside: dict[str, int]
    """By reason, those that occur."""
    rows_left: dict[str, int] = field(default_factory=dict)
    """Rows of other sheets with the same columns, which were not read, by sheet."""


def pooled(workbooks: Sequence[CheckedWorkbook]) -> Pool:
    """The usable rows of one or more workbooks."""
    numbered = [checked.usable.assign(**{BOOK: number}) for number, checked in enumerate(workbooks)]
    return Pool(tuple(workbooks), repetition.with_keys(pd.concat(numbered, ignore_index=True)))


def without_repetition(
    pool: Pool, known: Pool | None = None, label_map: LabelMap | None = None
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """The usable rows that stay, and all rows set aside: those that break the contract and those left out here.

    Rows whose text stands in `known` go; of rows with the same text and label one stays; texts that carry several
    labels go, and rows whose label `label_map` does not hold, which is one left out as rare. Spellings of one
    text are the same text (see `repetition`). The frames are what `set_aside` gives for each workbook, with
    `same_text_at`: where the row stands that made this one superfluous, NA for the other reasons.
    """
    rows = pool.rows
    kept = repetition.kept_rows(rows)
    repeats = kept != rows.index
    in_known = repetition.standing_in(rows, known.rows) if known else pd.Series(False, index=rows.index)
    books = rows[BOOK].to_numpy()
    of_reason = {
        "in_validation": in_known,
        "in_earlier_workbook": books != books[kept],
        "duplicate": repeats,
        "conflicting_label": repetition.conflicting(rows),
        "rare_label": ~rows["label"].isin(label_map.names) if label_map else pd.Series(False, index=rows.index),
    }
    first = np.select(list(of_reason.values()), list(range(len(of_reason))), default=len(of_reason))
    leaves = first < len(of_reason)
    places = rows[[BOOK, EXCEL_ROW]]
    gone = places[leaves].assign(reason=pd.Series(list(of_reason), dtype="str").to_numpy()[first[leaves]])
    same = pd.Series(pd.NA, index=gone.index, dtype="str")
    same[repeats[leaves]] = pool.places(places.loc[kept[repeats]])
    if known:
        keys = rows.loc[in_known, repetition.KEY]
        with_keys = known.rows[[repetition.KEY, *places]]
        originals = with_keys[with_keys[repetition.KEY].isin(keys)].drop_duplicates(repetition.KEY)
        same[in_known[leaves]] = known.places(originals.set_index(repetition.KEY).loc[keys])
    gone = gone.assign(same_text_at=same).astype({"reason": "str"})
    aside = [_aside(checked, gone[gone[BOOK] == number]) for number, checked in enumerate(pool.workbooks)]
    return take_mapped(rows, np.flatnonzero(~leaves)), aside


def account(role: Role, pool: Pool, gone: Sequence[pd.DataFrame]) -> dict[str, int]:
    """Rows read, usable, set aside by reason and mended, over all workbooks; each name begins with the role."""
    reasons = pd.concat([of_book["reason"] for of_book in gone]).value_counts()
    summed = ("rows", "usable", *REPAIRS, MERGED)
    counts = {name: sum(checked.counts.get(name, 0) for checked in pool.workbooks) for name in summed}
    counts |= {reason: int(reasons.get(reason, 0)) for reason in (*REASONS, *LEFT_OUT)}
    return {f"{role}_{name}": count for name, count in counts.items()}


def sources_of(role: Role, pool: Pool, gone: Sequence[pd.DataFrame]) -> tuple[Source, ...]:
    """The account of each workbook; `gone` are the frames that `without_repetition` gives."""
    sources = []
    for checked, of_book in zip(pool.workbooks, gone, strict=True):
        book, rows = checked.workbook, checked.counts["rows"]
        reasons = of_book["reason"].value_counts()
        aside = {reason: int(reasons[reason]) for reason in (*REASONS, *LEFT_OUT) if reason in reasons}
        kept = rows - sum(aside.values())
        sources.append(Source(role, book.location, book.sha256, book.sheet, rows, kept, aside, book.rows_left))
    return tuple(sources)


def _aside(checked: CheckedWorkbook, gone: pd.DataFrame) -> pd.DataFrame:
    left_out = gone.set_index(EXCEL_ROW)
    reasons = pd.concat([checked.rejected.set_index(EXCEL_ROW)["reason"], left_out["reason"]]).astype("str")
    aside = set_aside(checked, reasons)
    same = left_out["same_text_at"].reindex(aside[EXCEL_ROW]).astype("str")
    found = aside.assign(same_text_at=same.to_numpy()).astype({"same_text_at": "str"})
    return take_mapped(found, np.arange(len(found)))
