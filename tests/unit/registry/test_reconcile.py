"""Runs left RUNNING, in a real store, by processes that were really killed."""

import platform
import subprocess
import sys
from dataclasses import replace

import pytest

from storyflower.processes import this_process
from storyflower.registry.reconcile import Sweep, end_runs_of, sweep_left_runs
from storyflower.registry.tracking import FLOW_RUN_TAG, PROCESS_TAG, client, experiment_id, tracked_run

OPEN_A_RUN_AND_DIE = """
import os, signal
from storyflower.registry.tracking import tracked_run
with tracked_run("left", {"flow_run_id": "f-1"}) as run:
    print(run.run_id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def nobody_knows(flow_run_id: str) -> None:
    return None


def open_run(**tags: str) -> str:
    return str(client().create_run(experiment_id(), tags=tags).info.run_id)


def status(run_id: str) -> str:
    return str(client().get_run(run_id).info.status)


@pytest.mark.skipif(platform.system() == "Windows", reason="no SIGKILL")
def test_what_a_killed_process_left_is_closed_and_says_why() -> None:
    experiment_id()  # the tables are made here, in a warm process
    died = subprocess.run([sys.executable, "-c", OPEN_A_RUN_AND_DIE], capture_output=True, text=True, check=False)
    assert died.returncode == -9, died.stderr
    run_id = died.stdout.strip()
    assert status(run_id) == "RUNNING"
    with tracked_run("alive", {}) as alive:
        sweep = sweep_left_runs(nobody_knows)
        assert [(run.run_id, run.name, run.flow_run_id) for run in sweep.ended] == [(run_id, "left", "f-1")]
        assert sweep.going_on == [alive.run_id]
    assert status(run_id) == "KILLED"
    assert "ended without closing the run" in client().get_run(run_id).data.tags["reason"]
    assert sweep_left_runs(nobody_knows) == Sweep([], [])


def test_a_run_of_another_machine_ends_with_its_flow_run() -> None:
    elsewhere = str(replace(this_process(), host="elsewhere"))
    over = open_run(**{PROCESS_TAG: elsewhere, FLOW_RUN_TAG: "over"})
    going_on = open_run(**{PROCESS_TAG: elsewhere, FLOW_RUN_TAG: "going-on"})
    nameless = open_run()
    sweep = sweep_left_runs({"over": "Crashed: out of memory"}.get)
    assert [run.reason for run in sweep.ended] == ["its flow run had ended: Crashed: out of memory"]
    assert set(sweep.going_on) == {going_on, nameless}
    assert [status(run) for run in (over, going_on, nameless)] == ["KILLED", "RUNNING", "RUNNING"]


@pytest.mark.parametrize(("failed", "expected"), [(True, "FAILED"), (False, "KILLED")])
def test_a_run_takes_the_end_of_its_flow_run(failed: bool, expected: str) -> None:
    run_id, other = open_run(**{FLOW_RUN_TAG: "f"}), open_run(**{FLOW_RUN_TAG: "g"})
    assert end_runs_of("f", failed=failed, reason="TimedOut: 60 s") == [run_id]
    ended = client().get_run(run_id)
    assert (ended.info.status, ended.data.tags["reason"]) == (expected, "TimedOut: 60 s")
    assert status(other) == "RUNNING"


def test_a_run_that_said_why_it_failed_keeps_its_words() -> None:
    with pytest.raises(ValueError, match="no such column"), tracked_run("name", {FLOW_RUN_TAG: "f"}) as run:
        raise ValueError("no such column")
    assert end_runs_of("f", failed=True, reason="Failed: something") == []
    assert "no such column" in client().get_run(run.run_id).data.tags["reason"]
