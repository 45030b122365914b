"""Keeps the states of runs in MLflow and Prefect consistent after a process has ended without reporting."""

from typing import Any, TypedDict
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import ObjectNotFound
from prefect.flows import FlowStateHook
from prefect.states import Cancelled, Crashed

from flows.access import prefect_client, server_url
from storyflower.messages import say
from storyflower.settings import settings
from storyflower.storage.home import Home
from storyflower.tracking.reconcile import FlowRunEnd, LeftRuns, close_left_runs, end_runs_of


def reconcile(home: Home) -> LeftRuns:
    """Close the runs that dead processes have left open, in MLflow and in Prefect.

    Raises:
        TrackingError: the MLflow store does not answer.
        StoryFlowerError: the Prefect server does not answer.
    """
    return close_left_runs(home, _end_of, _end_flow_run)


def close_mlflow_run(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001
    """Hook of a flow: end the MLflow run as the flow run ended. After a SIGKILL the worker calls it."""
    home = Home.of(settings())
    end_runs_of(home, str(flow_run.id), failed=state.is_failed(), reason=_in_words(state))
    reconcile(home)  # the runs of subflows, whose end is not reported


class Endings(TypedDict):
    """The hooks of a flow that opens MLflow runs."""

    on_failure: list[FlowStateHook[..., Any]]
    on_crashed: list[FlowStateHook[..., Any]]
    on_cancellation: list[FlowStateHook[..., Any]]


ENDINGS: Endings = {
    "on_failure": [close_mlflow_run],
    "on_crashed": [close_mlflow_run],
    "on_cancellation": [close_mlflow_run],
}


def _end_of(flow_run_id: str) -> FlowRunEnd | None:
    """Return how a flow run ended; None if no server is configured, because a temporary one has no earlier runs."""
    if server_url() is None:
        return None
    with prefect_client() as prefect:
        try:
            state = prefect.read_flow_run(UUID(flow_run_id)).state
        except ObjectNotFound:
            return None
    return FlowRunEnd(state.is_failed(), _in_words(state)) if state and state.is_final() else None


def _end_flow_run(flow_run_id: str, reason: str) -> None:
    """End a flow run whose process is gone, and its parents: Cancelled if that was requested, else Crashed."""
    with prefect_client() as prefect:
        for lost in _of_the_same_process(prefect, UUID(flow_run_id)):
            if lost.state is None or not lost.state.is_final():
                ended = Cancelled if lost.state and lost.state.is_cancelling() else Crashed
                prefect.set_flow_run_state(lost.id, ended(message=reason), force=True)


def _of_the_same_process(prefect: SyncPrefectClient, flow_run_id: UUID) -> list[FlowRun]:
    """Return the flow run and its parents in the same process; none if this server does not have it.

    A run of a deployment has a process of its own: the flow that started it with `run_deployment` may be alive.
    """
    found: list[FlowRun] = []
    wanted: UUID | None = flow_run_id
    while wanted is not None:
        try:
            found.append(prefect.read_flow_run(wanted))
            task_run_id = None if found[-1].deployment_id else found[-1].parent_task_run_id
            wanted = prefect.read_task_run(task_run_id).flow_run_id if task_run_id else None
        except ObjectNotFound:
            break
    return found


def _in_words(state: State[Any]) -> str:
    return f"{state.name}: {state.message or say('no_message')}"
