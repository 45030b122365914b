"""The tables of the workbooks' rows, of the labels and of rare labels, built once for all that draw them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from storyflower.data.row_account import RareLabel, RowAccount
from storyflower.messages import say


@dataclass(frozen=True)
class RowLine:
    """One line of a table of counts."""

    name: str
    """In the current language."""
    counts: tuple[int, ...]
    """One count per role or split, in their order."""
    is_sum: bool = False
    """Whether this is the line of the rows that are left, those read less those set aside, or of all examples."""


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


def label_table(balance: Mapping[str, Mapping[str, int]]) -> tuple[RowLine, ...]:
    """Return a line for each label, with its examples in each split, and one for all of them.

    Args:
        balance: examples by split and label, each split with the same labels.
    """
    splits = tuple(balance.values())
    return (
        *(RowLine(label, tuple(split[label] for split in splits)) for label in splits[0]),
        RowLine(say("summary.all"), tuple(sum(split.values()) for split in splits), is_sum=True),
    )


RARE_COLUMNS = ("label", "rare_label_texts", "rare_label_treatment")
"""The codes of the headings of `rare_label_table`."""


def rare_label_table(labels: Iterable[RareLabel]) -> tuple[tuple[str, str, str], ...]:
    """Return a line for each label with too few training texts: its name, its texts, and what was done with it."""
    return tuple((label.name, f"{label.texts:,}", treatment_of(label)) for label in labels)


def treatment_of(label: RareLabel) -> str:
    """What was done with a rare label, in the current language."""
    if label.merged_into is None:
        return say("rare_label_left_out")
    return say("rare_label_into", label=label.merged_into)
