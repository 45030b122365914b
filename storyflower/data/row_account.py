"""The account of a role's rows: how many were read, set aside, kept and mended."""

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
    """Mended rows by kind."""
