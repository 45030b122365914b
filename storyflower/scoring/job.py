"""What a scoring works with, and what it has found at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from storyflower.errors import WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted, shown
from storyflower.scoring.model import ScoringModel
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.report import PartLeft, PartScored, ScoreReport
from storyflower.scoring.shards import Engine, Filled
from storyflower.scoring.tally import Tally
from storyflower.storage.home import Home


class Progress(Protocol):
    """Is informed of how far a scoring is."""

    def total(self, rows: int) -> None:
        """How many rows there are."""

    def advance(self, rows: int) -> None:
        """So many more have an answer."""


class Quiet:
    """Shows no progress."""

    def total(self, rows: int) -> None:
        """See `Progress`."""

    def advance(self, rows: int) -> None:
        """See `Progress`."""


@dataclass(frozen=True)
class Job:
    """The parts of one scoring."""

    home: Home
    model: ScoringModel
    options: ScoreOptions
    engine: Engine
    progress: Progress
    location: str
    """Of the input, as the user gave it."""
    out: Path

    def report(
        self, tally: Tally, filled: Filled, parts: Sequence[PartScored], left: Sequence[PartLeft] = ()
    ) -> ScoreReport:
        """The report of all that was counted.

        Raises:
            WorkbookError: there was nothing to score, or nothing to compare with.
        """
        where = pasted(self.location)
        if not tally.scored:
            raise problem(WorkbookError, "score_nothing_to_score", where)
        evaluation = tally.evaluation() if self.options.evaluate else None
        if self.options.evaluate and evaluation is None:
            raise problem(WorkbookError, "score_no_known_label", where, labels=", ".join(self.model.labels))
        model, threshold = self.model, self.options.threshold
        return ScoreReport(
            source=shown(self.location),
            out=str(self.out),
            model=model.name,
            version=model.version,
            model_digest=model.digest,
            model_created=model.created,
            demo=model.demo,
            scored_at=datetime.now(UTC),
            threshold=threshold,
            rows=tally.rows,
            scored=tally.scored,
            unsure=None if threshold is None else tally.unsure,
            mean_confidence=tally.mean_confidence,
            labels=tally.label_counts(),
            parts=tuple(parts),
            left=tuple(left),
            not_scored=dict(tally.not_scored),
            not_scored_rows=tuple(tally.listed),
            evaluation=evaluation,
            shards=len(filled.keys),
            computed_shards=filled.computed,
        )
