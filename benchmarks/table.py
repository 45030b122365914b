"""A table and some lines below it, in plain text or in Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column: its heading, the key of its values in a row, and the format of a value."""

    heading: str
    key: str
    form: str = "{}"

    def cell(self, row: Mapping[str, Any]) -> str:
        """The formatted value of a row; a dash if there is none."""
        value = row.get(self.key)
        return "–" if value is None else self.form.format(value)


@dataclass(frozen=True)
class View:
    """A report for the user."""

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    lines: Sequence[str]
    """Whole sentences."""

    def as_text(self) -> str:
        """For a terminal: the first column to the left, the others to the right."""
        table = self._cells()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join([*("  ".join(_padded(cells, widths)).rstrip() for cells in table), *self.lines])

    def as_markdown(self) -> str:
        """For a page."""
        head, *rows = self._cells()
        rule = ["---", *["---:"] * (len(head) - 1)]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
        return "\n\n".join([table, " ".join(self.lines)])

    def _cells(self) -> list[list[str]]:
        """The headings, then the rows."""
        return [[c.heading for c in self.columns], *([c.cell(row) for c in self.columns] for row in self.rows)]


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cells[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))]
