"""Tables of cells, as they stand in a file: the sheets of a workbook, a CSV file, AI Hub's JSON release."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from storyflower.data.headers import Release
from storyflower.data.merged import MergedRange
from storyflower.messages import say


@dataclass(frozen=True)
class Note:
    """Something that users should know about how a file was read: a code of `say`, with its values."""

    code: str
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.code, None, **self.values)


@dataclass(frozen=True)
class Table:
    """The cells of one sheet as text, NA where blank; the columns are named by Excel's letters.

    `first_row` is the number of the first line as users know it: 1 in a sheet, 0 where titles stand above numbered
    records. `release` is given where it follows from the kind of file, and else found by the titles.
    """

    sheet: str
    cells: pd.DataFrame
    hidden: bool = False
    first_row: int = 1
    release: Release | None = None
    from_formulas: tuple[tuple[int, str], ...] = ()
    """Row and column letters of the texts that were stored as formulas without a value."""

    def row_number(self, line: int) -> int:
        """The number of a line (from 0), as Excel shows it."""
        return line + self.first_row


@dataclass(frozen=True)
class TableFile:
    """The tables of a file: their names in order, how one of them is read, and which of its cells are merged."""

    sheets: tuple[str, ...]
    load: Callable[[str], Table]
    merged: Callable[[str], dict[str, list[MergedRange]]]
    """The ranges of a sheet that span several rows, by the letters of their first column."""

    @classmethod
    def of(cls, table: Table) -> "TableFile":
        """A file that is a single table."""
        return cls((table.sheet,), lambda _: table, lambda _: {})
