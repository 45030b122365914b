"""The results of a flow run: the version and its decision, the figures, and how each stage ended."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from storyflower.evaluation.selection import Selection
from storyflower.messages import say
from storyflower.pipeline.model_facts import FoldsFacts, Score


class StageReport(BaseModel):
    """How a stage ended, and how long it took."""

    state: Literal["ran", "cached"]
    seconds: float


class RegisteredVersion(BaseModel):
    """The result of a training run."""

    run_id: str
    model_name: str
    model_version: str
    promoted: bool
    awaits_approval: bool = False
    """Every check passed, and the approval that the policy requires has not been given."""
    reason: str
    test: Score
    baseline: Score
    folds: FoldsFacts | None = None
    """The cross-validation; None where none was asked for."""
    stages: dict[str, StageReport] = {}

    @property
    def summary(self) -> str:
        """One line: which version, whether it is champion now, and why."""
        return say("version_summary", version=self.model_version, outcome=say(self.outcome), reason=self.reason)

    @property
    def outcome(self) -> Literal["promoted", "awaiting", "not_promoted"]:
        """Whether it is champion now."""
        return "promoted" if self.promoted else "awaiting" if self.awaits_approval else "not_promoted"

    def of_run(self, stages: dict[str, StageReport], folds: FoldsFacts | None = None) -> "RegisteredVersion":
        """A copy with the reports of the run's stages, and its cross-validation."""
        return self.model_copy(update={"stages": dict(stages), "folds": folds})


class SweepResult(BaseModel):
    """The result of a sweep."""

    selection: Selection
    """The trials, and the choice among them."""
    recipe_file: Path
    """The chosen recipe."""
    sweep_run_id: str
    """The MLflow run of the sweep."""
    version: RegisteredVersion
    """The model of the chosen recipe, judged."""


class Retraining(BaseModel):
    """The result of a scheduled retraining."""

    state: Literal["skipped", "trained"]
    reason: str
    """What has changed since the champion was trained, or that nothing has."""
    version: RegisteredVersion | None = None
    """The challenger, judged; None when nothing was trained."""
    drift: str | None = None
    """One line: how the new training text differs from the champion's; None where there is nothing to compare."""
    pruned: str
    """One line: what was removed because it is old and unused."""

    @property
    def summary(self) -> str:
        """One line for the page of the run."""
        return f"{self.reason}; {self.version.summary}" if self.version else self.reason
