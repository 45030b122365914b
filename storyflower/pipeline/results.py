"""What a run of a flow leaves behind: a version and its verdict, the figures, and how each stage ended."""

from typing import Literal

from pydantic import BaseModel

from storyflower.messages import say
from storyflower.pipeline.facts import Score


class StageReport(BaseModel):
    """How a stage ended, and how long it took."""

    state: Literal["ran", "cached"]
    seconds: float


class RegisteredVersion(BaseModel):
    """What a training run leaves behind."""

    run_id: str
    model_name: str
    model_version: str
    promoted: bool
    awaits_approval: bool = False
    """It has passed every check, and the policy asks for a person's word, which nobody has given."""
    reason: str
    test: Score
    baseline: Score
    stages: dict[str, StageReport] = {}

    @property
    def told(self) -> str:
        """One line: which version, whether it is champion now, and why."""
        return say("version_told", version=self.model_version, outcome=say(self.outcome), reason=self.reason)

    @property
    def outcome(self) -> Literal["promoted", "awaiting", "not_promoted"]:
        """Whether it is champion now."""
        return "promoted" if self.promoted else "awaiting" if self.awaits_approval else "not_promoted"

    def with_stages(self, stages: dict[str, StageReport]) -> "RegisteredVersion":
        """A copy that tells how each stage ended."""
        return self.model_copy(update={"stages": dict(stages)})


class Retraining(BaseModel):
    """What a scheduled retraining found, and what it did."""

    state: Literal["skipped", "trained"]
    reason: str
    """What has changed since the champion was trained, or that nothing has."""
    version: RegisteredVersion | None = None
    """The challenger, judged; None when nothing was trained."""
    drift: str | None = None
    """One line: how the new training text differs from the champion's; None where there is nothing to compare."""
    pruned: str
    """One line: what was removed because it is old and nobody needs it."""

    @property
    def summary(self) -> str:
        """One line for the page of the run."""
        return f"{self.reason}; {self.version.told}" if self.version else self.reason
