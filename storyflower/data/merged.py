"""Cells that are merged downwards: only the first holds the value, which Excel shows over all of them."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

_CHUNK = 1 << 20
_RANGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]*?ref=[\"']\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?[A-Z]{1,3}\$?([0-9]{1,7})"
)


@dataclass(frozen=True)
class MergedRange:
    """A merged block of cells, by its first column: rows as Excel numbers them, both included."""

    column: str
    first_row: int
    last_row: int


def filled_down(cells: "pd.Series[str]", ranges: list[MergedRange], rows: "pd.Series[int]") -> "pd.Series[str]":
    """The cells of a column with the value of each merged range in all its rows.

    `ranges` are those whose first column it is; `rows` are the Excel rows of the cells.
    """
    apart: list[MergedRange] = []  # in a workbook that Excel wrote no range overlaps one above it
    for merged in sorted(ranges, key=lambda merged: merged.first_row):
        if not apart or merged.first_row > apart[-1].last_row:
            apart.append(merged)
    first_rows = np.array([merged.first_row for merged in apart], dtype="int64")
    last_rows = np.array([merged.last_row for merged in apart], dtype="int64")
    block = pd.IntervalIndex.from_arrays(first_rows, last_rows, closed="both").get_indexer(pd.Index(rows))
    first_row = np.where(block < 0, rows, first_rows[block])  # of the block that a row lies in, else the row itself
    by_row = pd.Series(cells.array, index=rows)
    values = pd.Series(by_row.reindex(first_row).to_numpy(), index=cells.index, dtype=cells.dtype)
    return cells.where(cells.notna(), values)


def ranges_merged_downwards(content: bytes, part: str) -> dict[str, list[MergedRange]]:
    """The ranges of the sheet in this part that span several rows, by the letters of their first column."""
    found: dict[str, list[MergedRange]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for block in xml_blocks(archive, archive.getinfo(part)):
            if b"mergeCell" not in block:
                continue
            for column, first, last in _RANGE.findall(block):
                if int(last) > int(first):
                    merged = MergedRange(column.decode(), int(first), int(last))
                    found.setdefault(merged.column, []).append(merged)
    return found


def xml_blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The XML of a part in pieces that never cut a tag, unless a tag is longer than a piece."""
    rest = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            head, cut, tail = chunk.rpartition(b"<")
            yield rest + (head if cut else chunk)
            rest = cut + tail if cut else b""
    yield rest
