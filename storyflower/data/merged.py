"""Cells that are merged downwards: only the first holds the value, which Excel shows over all of them."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from storyflower.data.formulas import part_of

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
    filled = cells.copy()
    for merged in ranges:
        inside = rows.between(merged.first_row, merged.last_row)
        first = cells[rows == merged.first_row]
        if len(first) and pd.notna(first.iloc[0]):
            filled[inside & cells.isna()] = first.iloc[0]
    return filled


def ranges_merged_downwards(content: bytes, sheet: str) -> dict[str, list[MergedRange]]:
    """The ranges of a sheet that span several rows, by the letters of their first column."""
    found: dict[str, list[MergedRange]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for block in xml_blocks(archive, archive.getinfo(part_of(archive, sheet))):
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
