"""Task `score`: a file scored shard by shard, its progress and its summary shown on the flow run's page."""

import time
from typing import Any

import httpx
from prefect import task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from storyflower.messages import say
from storyflower.model.devices import Device
from storyflower.reports.markdown import score_markdown
from storyflower.scoring.model import ScoringModel
from storyflower.scoring.report import ScoreReport
from storyflower.scoring.request import ScoreRequest, scored
from storyflower.storage.home import Home
from tasks.publishing import publish_markdown
from tasks.stage import RETRY_DELAYS, may_pass

_SECONDS_BETWEEN = 2.0


@task(name="score", retries=len(RETRY_DELAYS), retry_delay_seconds=RETRY_DELAYS, retry_condition_fn=may_pass)
def score_file(home: Home, model: ScoringModel, request: ScoreRequest, device: Device) -> State[ScoreReport]:
    """Score the file; a retry, or another run of a killed one, goes on after the last finished shard."""
    report = scored(home, model, request, device=device, progress=_ProgressArtifact())
    publish_markdown(score_markdown(report), key="scoring", description=say("score.artifact"))
    cached = report.up_to_date or not report.computed_shards
    return Completed(name="Cached" if cached else "Completed", message=report.summary, data=report)


class _ProgressArtifact:
    """A bar on the flow run's page; where the server does not answer, the scoring goes on without it."""

    def __init__(self) -> None:
        self._total = self._done = 0
        self._id: Any = None
        self._next = 0.0

    def total(self, rows: int) -> None:
        """See `storyflower.scoring.job.Progress`."""
        self._total = rows
        self._show()

    def advance(self, rows: int) -> None:
        """See `storyflower.scoring.job.Progress`."""
        self._done += rows
        if time.monotonic() >= self._next:
            self._show()

    def _show(self) -> None:
        self._next = time.monotonic() + _SECONDS_BETWEEN
        percent = 100.0 * self._done / self._total if self._total else 0.0
        try:
            if self._id is None:
                self._id = create_progress_artifact(percent, key="scoring-progress", description=say("score.artifact"))
            else:
                update_progress_artifact(self._id, percent)
        except httpx.HTTPError:
            self._next += 60 * _SECONDS_BETWEEN
