"""A person's answer to a challenger that has passed every check."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Approval:
    """Whether a person wants the version as champion, and why."""

    approved: bool
    by: str
    """Who answered, or that nobody did."""
    comment: str = ""

    def __str__(self) -> str:
        verdict = "approved" if self.approved else "rejected"
        return f"{verdict} by {self.by}" + (f" ({self.comment})" if self.comment else "")
