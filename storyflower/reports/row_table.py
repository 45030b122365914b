"""The table of the workbooks' rows, built once for the page, the terminal and Prefect, which only draw it."""

from collections.abc import Iterable
from dataclasses import dataclass

from storyflower.data.row_account import RowAccount
from storyflower.messages import say


@dataclass(frozen=True)
class RowLine:
    """One line of the table."""

    name: str
    """In the current language."""
    counts: tuple[int, ...]
    """One count per role, in the order of the accounts."""
    is_sum: bool = False
    """Whether this is the line of the rows that are left: those read less those set aside above it."""


def row_table(accounts: Iterable[RowAccount]) -> tuple[RowLine, ...]:
    """Return the lines of the table: rows read, set aside by reason, left, and mended by kind.

    Reasons and kinds without any row are left out.

    Args:
        accounts: one per role, with the same reasons and kinds.
    """
    books = tuple(accounts)
    set_aside = (
        RowLine(say("summary.set_aside", reason=say(reason)), tuple(book.set_aside[reason] for book in books))
        for reason in books[0].set_aside
    )
    repaired = (
        RowLine(say("summary.repaired", reason=say(kind)), tuple(book.repaired[kind] for book in books))
        for kind in books[0].repaired
    )
    return (
        RowLine(say("summary.read"), tuple(book.rows for book in books)),
        *(line for line in set_aside if any(line.counts)),
        RowLine(say("usable"), tuple(book.kept for book in books), is_sum=True),
        *(line for line in repaired if any(line.counts)),
    )
