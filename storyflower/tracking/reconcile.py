"""Closes runs that were left open: their process was killed, or their flow run has ended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mlflow.entities import Run

from storyflower.messages import say
from storyflower.processes import ProcessMark
from storyflower.storage.home import Home
from storyflower.tracking.problems import known_errors
from storyflower.tracking.runs import FLOW_RUN_TAG, PROCESS_TAG, TrackedRun, end_run
from storyflower.tracking.store import client, experiment_id

EndStatus = Literal["FAILED", "KILLED"]


@dataclass(frozen=True)
class FlowRunEnd:
    """How a flow run ended."""

    failed: bool
    """Otherwise it was cancelled, or its process died."""
    reason: str


EndOf = Callable[[str], FlowRunEnd | None]
"""Returns how a flow run (by its id) ended; None if it goes on or is not known."""
EndFlowRun = Callable[[str, str], None]
"""Ends a flow run (by its id) whose process is gone, with a reason."""


@dataclass(frozen=True)
class LeftRun:
    """An MLflow run that was left RUNNING, and is now closed."""

    run_id: str
    name: str
    flow_run_id: str | None
    status: EndStatus
    reason: str


@dataclass(frozen=True)
class LeftRuns:
    """The RUNNING runs that were closed, and those that go on."""

    ended: list[LeftRun]
    going_on: list[str]
    """Ids of runs whose process is alive, or whose state is not known on this machine."""


def close_left_runs(home: Home, end_of: EndOf, end_flow_run: EndFlowRun) -> LeftRuns:
    """Close every RUNNING run whose process is gone or whose flow run has ended, with the reason.

    The process decides whether a run is over if it ran on this machine, else the flow run does. The state of the flow
    run, where it is known, decides how the run ended, because it may have failed while MLflow did not answer. If the
    process is dead, the flow run is ended first: if that fails, the MLflow run is still RUNNING, and the next call
    finds both again.

    Raises:
        TrackingError: the MLflow store does not answer.
        StorageError: the home folder cannot be written.
    """
    ended, going_on = [], []
    with known_errors(home):
        running = client(home).search_runs([experiment_id(home)], "attributes.status = 'RUNNING'")
    for run in running:
        left = _closed(home, run, end_of, end_flow_run)
        if left is None:
            going_on.append(run.info.run_id)
        else:
            ended.append(left)
    return LeftRuns(ended, going_on)


def end_runs_of(home: Home, flow_run_id: str, *, failed: bool, reason: str) -> list[str]:
    """Close the open MLflow runs of a flow run as the flow run ended, or its newest run if none is open.

    A flow that is retried opens a run each time, and the earlier ones have ended. A run that failed with a reason of
    its own keeps that reason.

    Returns:
        The ids of the runs that were changed.
    """
    query = f"tags.{FLOW_RUN_TAG} = '{flow_run_id}'"
    found = client(home).search_runs([experiment_id(home)], query, order_by=["attributes.start_time DESC"])
    last = [run for run in found if run.info.status == "RUNNING"] or found[:1]
    changed = [run.info.run_id for run in last if not (failed and run.info.status == "FAILED")]
    for run_id in changed:
        end_run(TrackedRun(home, run_id), "FAILED" if failed else "KILLED", reason)
    return changed


def _closed(home: Home, run: Run, end_of: EndOf, end_flow_run: EndFlowRun) -> LeftRun | None:
    """Close the run if it is over; None if it goes on or its state is not known."""
    marked, flow_run_id = run.data.tags.get(PROCESS_TAG), run.data.tags.get(FLOW_RUN_TAG)
    mark = ProcessMark.parse(marked) if marked else None
    gone = mark.has_ended() if mark else None
    if gone is False:
        return None
    known = end_of(flow_run_id) if flow_run_id else None
    end = known and FlowRunEnd(known.failed, say("reconcile.flow_run_over", reason=known.reason))
    if mark and gone:
        died = say("reconcile.process_gone", pid=mark.pid, host=mark.host)
        if flow_run_id:
            end_flow_run(flow_run_id, died)
        end = end or FlowRunEnd(False, died)
    if end is None:
        return None
    status: EndStatus = "FAILED" if end.failed else "KILLED"
    end_run(TrackedRun(home, run.info.run_id), status, end.reason)
    return LeftRun(run.info.run_id, run.info.run_name or "", flow_run_id, status, end.reason)
