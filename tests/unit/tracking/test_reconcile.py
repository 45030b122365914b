"""Runs left RUNNING, in a real store, by processes that were really killed."""

import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from storyflower.processes import ProcessMark, this_process
from storyflower.tracking.reconcile import FlowRunEnd, LeftRuns, close_left_runs, end_runs_of
from storyflower.tracking.runs import FLOW_RUN_TAG, PROCESS_TAG, tracked_run
from storyflower.tracking.store import client, experiment_id
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")

OPEN_A_RUN_AND_DIE = """
import os, signal
from storyflower.tracking.runs import tracked_run
from tests.homes import current_home
with tracked_run(current_home(), "left", {"flow_run_id": "f-1"}) as run:
    print(run.run_id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def end_unknown(flow_run_id: str) -> None:
    return None


def no_flow_run_to_end(flow_run_id: str, reason: str) -> None:
    pass


def dead_mark() -> ProcessMark:
    mark = this_process()
    return replace(mark, began=f"{mark.boot}:1")


def open_run(**tags: str) -> str:
    return str(client(current_home()).create_run(experiment_id(current_home()), tags=tags).info.run_id)


def status(run_id: str) -> str:
    return str(client(current_home()).get_run(run_id).info.status)


@pytest.mark.skipif(platform.system() == "Windows", reason="no SIGKILL")
def test_what_a_killed_process_left_is_closed_and_says_why() -> None:
    experiment_id(current_home())  # the tables are made here, in a warm process
    died = subprocess.run([sys.executable, "-c", OPEN_A_RUN_AND_DIE], capture_output=True, text=True, check=False)
    assert died.returncode == -9, died.stderr
    run_id = died.stdout.strip()
    assert status(run_id) == "RUNNING"
    with tracked_run(current_home(), "alive", {}) as alive:
        closed = close_left_runs(current_home(), end_unknown, no_flow_run_to_end)
        assert [(run.run_id, run.name, run.flow_run_id) for run in closed.ended] == [(run_id, "left", "f-1")]
        assert closed.going_on == [alive.run_id]
    assert status(run_id) == "KILLED"
    assert "ended without closing the run" in client(current_home()).get_run(run_id).data.tags["reason"]
    assert close_left_runs(current_home(), end_unknown, no_flow_run_to_end) == LeftRuns([], [])


@linux
@pytest.mark.parametrize("name", ["another", "the same"])
def test_a_run_of_another_machine_ends_with_its_flow_run(name: str) -> None:
    """Its process number is free here, which says nothing of a process there, whatever the machine is called."""
    mark = this_process()
    elsewhere = str(
        replace(
            mark,
            host="elsewhere" if name == "another" else mark.host,
            pid=4_194_303,
            system="0123456789abcdef.4026531836",
        )
    )
    over = open_run(**{PROCESS_TAG: elsewhere, FLOW_RUN_TAG: "over"})
    going_on = open_run(**{PROCESS_TAG: elsewhere, FLOW_RUN_TAG: "going-on"})
    nameless = open_run()
    closed = close_left_runs(
        current_home(), {"over": FlowRunEnd(False, "Crashed: out of memory")}.get, no_flow_run_to_end
    )
    assert [run.reason for run in closed.ended] == ["its flow run had ended: Crashed: out of memory"]
    assert set(closed.going_on) == {going_on, nameless}
    assert [status(run) for run in (over, going_on, nameless)] == ["KILLED", "RUNNING", "RUNNING"]


@linux
def test_a_run_that_failed_while_the_store_was_away_has_failed_for_its_reason() -> None:
    run_id = open_run(**{PROCESS_TAG: str(dead_mark()), FLOW_RUN_TAG: "f"})
    (left,) = close_left_runs(
        current_home(), {"f": FlowRunEnd(True, "Failed: no such column")}.get, no_flow_run_to_end
    ).ended
    assert (left.status, left.reason) == ("FAILED", "its flow run had ended: Failed: no such column")
    assert status(run_id) == "FAILED"


@linux
def test_a_run_whose_flow_run_could_not_be_ended_is_swept_again() -> None:
    """Three runs of dead processes; telling Prefect of the second fails: that and the third are found again."""
    flow_runs = {open_run(**{PROCESS_TAG: str(dead_mark()), FLOW_RUN_TAG: name}): name for name in ("a", "b", "c")}
    ended: list[str] = []

    def fail_after_one(flow_run_id: str, reason: str) -> None:
        if ended:
            raise ConnectionError("Prefect is away")
        ended.append(flow_run_id)

    with pytest.raises(ConnectionError):
        close_left_runs(current_home(), end_unknown, fail_after_one)
    assert {name for run_id, name in flow_runs.items() if status(run_id) == "KILLED"} == set(ended)
    again = close_left_runs(current_home(), end_unknown, lambda flow_run_id, _: ended.append(flow_run_id))
    assert len(again.ended) == 2
    assert set(ended) == {"a", "b", "c"}


@pytest.mark.parametrize(("failed", "expected"), [(True, "FAILED"), (False, "KILLED")])
def test_a_run_takes_the_end_of_its_flow_run(failed: bool, expected: str) -> None:
    run_id, other = open_run(**{FLOW_RUN_TAG: "f"}), open_run(**{FLOW_RUN_TAG: "g"})
    assert end_runs_of(current_home(), "f", failed=failed, reason="TimedOut: 60 s") == [run_id]
    ended = client(current_home()).get_run(run_id)
    assert (ended.info.status, ended.data.tags["reason"]) == (expected, "TimedOut: 60 s")
    assert status(other) == "RUNNING"


def test_a_run_that_said_why_it_failed_keeps_its_words() -> None:
    with (
        pytest.raises(ValueError, match="no such column"),
        tracked_run(current_home(), "name", {FLOW_RUN_TAG: "f"}) as run,
    ):
        raise ValueError("no such column")
    assert end_runs_of(current_home(), "f", failed=True, reason="Failed: something") == []
    assert "no such column" in client(current_home()).get_run(run.run_id).data.tags["reason"]
