"""A person's approval or rejection of a challenger that has passed every check."""

from dataclasses import dataclass

from storyflower.messages.sentences import Sentence


@dataclass(frozen=True)
class Approval:
    """The decision of a person on a promotion."""

    approved: bool
    by: str
    """The name of the person, or a note that the time has run out."""
    comment: str = ""

    @property
    def sentence(self) -> Sentence:
        """The sentence that is stored with a decision."""
        comment = f" ({self.comment})" if self.comment else ""
        return Sentence("gate.approved" if self.approved else "gate.rejected", {"by": self.by, "comment": comment})

    def __str__(self) -> str:
        return str(self.sentence)
