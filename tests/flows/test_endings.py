"""MLflow and Prefect agree about how a run ended: timed out, cancelled, crashed, and left by a dead process."""

import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelled, Crashed

from flows.reconcile import ENDINGS, close_mlflow_run, reconcile
from flows.train import train
from storyflower.errors import StoryFlowerError
from storyflower.pipeline.source import CorpusSource
from storyflower.processes import ProcessMark, this_process
from storyflower.recipe import TrainingRecipe
from storyflower.tracking.runs import FLOW_RUN_TAG, PROCESS_TAG, tracked_run
from storyflower.tracking.store import client, experiment_id
from tests.homes import current_home
from tests.waiting import GIVE_UP_S, until

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("in_english")]


def newest_run() -> tuple[str, str, str]:
    """Status, reason and flow run of the MLflow run that was opened last."""
    (run,) = client(current_home()).search_runs(
        [experiment_id(current_home())], max_results=1, order_by=["attributes.start_time DESC"]
    )
    return run.info.status, run.data.tags["reason"], run.data.tags[FLOW_RUN_TAG]


def flow_run_of(flow_run_id: str) -> FlowRun:
    with get_client(sync_client=True) as prefect:
        return prefect.read_flow_run(UUID(flow_run_id))


def wait_until_prefect_knows_the_flow_around(flow_run_id: str) -> None:
    """Prefect's server learns of task runs by events, a moment later; the one around a flow in a flow too."""
    task_run_id = flow_run_of(flow_run_id).parent_task_run_id
    assert task_run_id is not None
    with get_client(sync_client=True) as prefect:

        def is_known() -> bool:
            try:
                return prefect.read_task_run(task_run_id) is not None
            except ObjectNotFound:
                return False

        until(is_known, "no such task run")


@contextmanager
def time_is_up_after_the_first_epoch() -> Iterator[None]:
    """Deliver the alarm of Prefect's time limit to this process once the training has logged an epoch."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            running = client(current_home()).search_runs(
                [experiment_id(current_home())], "attributes.status = 'RUNNING'"
            )
            if any("epoch/dev_macro_f1" in run.data.metrics for run in running):
                os.kill(os.getpid(), signal.SIGALRM)
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(GIVE_UP_S)


@pytest.mark.skipif(platform.system() == "Windows", reason="no SIGALRM")
@pytest.mark.timeout(method="thread")  # the alarm is Prefect's here
def test_a_flow_that_takes_too_long_has_failed_on_both_sides(source: CorpusSource, recipe: TrainingRecipe) -> None:
    impatient = train.with_options(timeout_seconds=3600)
    with time_is_up_after_the_first_epoch(), pytest.raises(TimeoutError):
        impatient(source, recipe.with_changes({"epochs": 2000}))
    status, reason, flow_run_id = newest_run()
    state = flow_run_of(flow_run_id).state
    assert state is not None
    assert (status, state.type) == ("FAILED", StateType.FAILED)
    assert state.name == "TimedOut"
    assert "TimedOut" in reason


@pytest.mark.parametrize("state", [Cancelled(message="by the operator"), Crashed(message="exit status -9")])
def test_the_worker_closes_the_run_of_a_flow_that_cannot(state: State[None]) -> None:
    """As the worker does it: the hook alone, in a process that knows nothing of the run but the flow run's id."""

    @flow(name="lost")
    def lost() -> str:
        leave_a_run(flow_run.id, this_process())
        return str(flow_run.id)

    flow_run_id = lost()
    close_mlflow_run(flow=lost, flow_run=flow_run_of(flow_run_id), state=state)
    assert newest_run() == ("KILLED", f"{state.name}: {state.message}", flow_run_id)


def test_every_end_of_the_train_flow_is_reported_to_mlflow() -> None:
    assert train.on_failure_hooks == ENDINGS["on_failure"]
    assert train.on_crashed_hooks == ENDINGS["on_crashed"]
    assert train.on_cancellation_hooks == ENDINGS["on_cancellation"]


def mark_of_a_dead_process() -> ProcessMark:
    dead = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    dead.send_signal(signal.SIGKILL)
    dead.communicate()
    return replace(this_process(), pid=dead.pid, began="before")


def leave_a_run(flow_run_id: object, mark: ProcessMark) -> str:
    tags = {FLOW_RUN_TAG: str(flow_run_id), PROCESS_TAG: str(mark)}
    return str(client(current_home()).create_run(experiment_id(current_home()), tags=tags).info.run_id)


@pytest.mark.skipif(platform.system() == "Windows", reason="no SIGKILL")
def test_a_dead_process_is_reported_to_prefect_with_its_parent_flows() -> None:
    """Both flow runs stand as Running in Prefect, the inner one's MLflow run too: reconcile ends all three."""
    ids: dict[str, str] = {}
    mark = mark_of_a_dead_process()

    @flow(name="inner")
    def inner() -> None:
        ids["inner"] = str(flow_run.id)
        leave_a_run(ids["inner"], mark)
        wait_until_prefect_knows_the_flow_around(ids["inner"])
        (left,) = reconcile(current_home()).ended
        assert left.flow_run_id == ids["inner"]

    @flow(name="outer")
    def outer() -> None:
        ids["outer"] = str(flow_run.id)
        inner()
        for name in ("inner", "outer"):
            state = flow_run_of(ids[name]).state
            assert state is not None
            assert state.type == StateType.CRASHED
            assert "ended without closing the run" in (state.message or "")

    outer(return_state=True)
    assert set(ids) == {"inner", "outer"}
    assert newest_run()[:2] == ("KILLED", f"its process {mark.pid} on {mark.host} ended without closing the run")


@pytest.mark.skipif(platform.system() == "Windows", reason="no SIGKILL")
def test_a_flow_that_started_a_deployment_stays_running_when_that_run_dies() -> None:
    @flow(name="started")
    def started() -> None:
        pass

    @flow(name="starting")
    def starting() -> str:
        elsewhere = run_deployment("started/elsewhere", timeout=0)
        assert elsewhere.parent_task_run_id is not None
        wait_until_prefect_knows_the_flow_around(str(elsewhere.id))
        leave_a_run(elsewhere.id, mark_of_a_dead_process())
        (left,) = reconcile(current_home()).ended
        assert left.flow_run_id == str(elsewhere.id)
        state = flow_run_of(left.flow_run_id).state
        assert state is not None
        assert state.type == StateType.CRASHED
        around = flow_run_of(str(flow_run.id)).state
        assert around is not None
        return around.name

    with get_client(sync_client=True) as prefect:
        prefect.create_deployment(prefect.create_flow(started), "elsewhere")
    assert starting() == "Running"


@pytest.mark.skipif(platform.system() == "Windows", reason="no SIGKILL")
def test_a_prefect_server_that_is_away_is_one_clear_error_and_loses_nothing() -> None:
    @flow(name="lost")
    def lost() -> tuple[str, str]:
        return str(flow_run.id), leave_a_run(flow_run.id, mark_of_a_dead_process())

    flow_run_id, run_id = lost()
    with (
        temporary_settings({PREFECT_API_URL: "http://someone:s3cret@127.0.0.1:9/api"}),
        pytest.raises(StoryFlowerError, match=r"^http://127[.]0[.]0[.]1:9/api: the Prefect server does not answer"),
    ):
        reconcile(current_home())
    assert client(current_home()).get_run(run_id).info.status == "RUNNING"
    assert [left.flow_run_id for left in reconcile(current_home()).ended] == [flow_run_id]


def test_a_run_that_goes_on_is_let_be() -> None:
    with tracked_run(current_home(), "alive", {}) as run:
        assert run.run_id in reconcile(current_home()).going_on
    assert client(current_home()).get_run(run.run_id).info.status == "FINISHED"
