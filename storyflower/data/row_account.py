"""The account of a role's rows: how many were read, set aside, kept and mended; and of the labels too rare to train."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RowAccount:
    """Counts of the rows of all workbooks of a role."""

    rows: int
    """Rows that were read."""
    usable: int
    """Rows that keep the data contract."""
    set_aside: dict[str, int]
    """Rows by reason: broken contracts, then training rows repeated in validation, duplicates, conflicting labels."""
    kept: int
    """Examples of the corpus: `rows` less all that were set aside."""
    repaired: dict[str, int]
    """Mended rows by kind, and those whose rare label counts as another."""


@dataclass(frozen=True)
class RareLabel:
    """A label with too few training texts, and what was done with it."""

    name: str
    texts: int
    """Different training texts that carry it and no other label."""
    merged_into: str | None
    """The label as which its rows count; None where they are left out."""
