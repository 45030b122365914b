"""A person's answer to a challenger that has passed every check."""

from dataclasses import dataclass

from storyflower.messages.sentences import Sentence


@dataclass(frozen=True)
class Approval:
    """Whether a person approved the promotion, and why."""

    approved: bool
    by: str
    """Who answered, or that there was no answer in time."""
    comment: str = ""

    @property
    def sentence(self) -> Sentence:
        """The answer as it is kept with a decision."""
        comment = f" ({self.comment})" if self.comment else ""
        return Sentence("gate.approved" if self.approved else "gate.rejected", {"by": self.by, "comment": comment})

    def __str__(self) -> str:
        return str(self.sentence)
