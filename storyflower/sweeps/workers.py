"""What a sweep needs of a scheduler, whichever it is: work is handed over, looked at and ended."""

import logging
import time
from dataclasses import dataclass, field
from typing import Literal, Protocol

from storyflower.messages import say
from storyflower.sweeps.jobs import TrialJob

log = logging.getLogger("storyflower.sweep")

UNTAKEN_SECONDS = 60.0
"""Seconds after which it is logged why no worker takes a trial."""


@dataclass(frozen=True)
class RemoteRun:
    """A piece of work that was handed to the workers."""

    id: str
    state: Literal["waiting", "taken", "ended"]
    """`waiting`: no worker has taken it."""
    reason: str = ""
    """Of one that has ended: how."""


class Workers(Protocol):
    """What takes the work."""

    def submit(self, job: TrialJob, key: str) -> RemoteRun:
        """Hand over work; what was handed over under the same key before is returned and not repeated."""

    def look(self, run_id: str) -> RemoteRun:
        """The state of work now."""

    def stop(self, run_id: str, reason: str, *, dead: bool = False) -> None:
        """End work: ask its worker to, or declare it dead where the worker is gone. What has ended stays as it is."""

    def why_waiting(self) -> str:
        """Why work is not taken, as far as that can be seen, as a sentence for the user."""


@dataclass
class Watch:
    """Work that is watched."""

    run: RemoteRun
    since: float = field(default_factory=time.monotonic)
    """When it was seen in this state first, by the clock of this process."""

    def update(self, run: RemoteRun) -> None:
        """Take over what was seen now."""
        if run.state != self.run.state:
            self.since = time.monotonic()
        self.run = run

    @property
    def seconds(self) -> float:
        """How long it has been in this state."""
        return time.monotonic() - self.since


class WaitingLog:
    """Logs why work is not taken, each reason once."""

    def __init__(self, workers: Workers) -> None:
        self._workers, self._said = workers, ""

    def look(self, watches: list[Watch]) -> None:
        """Log the reason if work has waited for long."""
        if any(watch.run.state == "waiting" and watch.seconds > UNTAKEN_SECONDS for watch in watches):
            why = self._workers.why_waiting()
            if why != self._said:
                log.warning(say("sweep.untaken", reason=why))
            self._said = why
