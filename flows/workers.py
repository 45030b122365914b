"""Hands the trials of a sweep to the workers of a Prefect pool."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State, StateType, WorkerStatus
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runtime import deployment as this_deployment
from prefect.runtime import flow_run as this_flow_run
from prefect.states import Cancelling, Crashed

from flows.access import prefect_client, server_place, server_url
from flows.reporting import wait_for_the_server
from storyflower.errors import RecipeError, StoryFlowerError
from storyflower.messages import problem, say
from storyflower.sweeps.jobs import TrialJob
from storyflower.sweeps.workers import RemoteRun

log = logging.getLogger("storyflower.sweep")

_TRIAL, _SWEEP = "trial", "sweep"
"""Names of deployments, to which prefect.yaml adds the kind of the pool, as in `sweep-docker`."""

T = TypeVar("T")


@dataclass(frozen=True)
class PoolWorkers:
    """The workers of the pool of a deployment of `trial`; a server that restarts is waited for."""

    deployment: str
    pool: str
    limit: int | None = None
    """Flow runs of the pool at a time; None: as many as its workers take."""
    slots: int | None = None
    """Those that are left for trials, without the one that the sweep itself occupies."""

    def warn_if_few(self, parallel: int) -> None:
        """Log that the pool lets fewer trials run at a time than are wanted."""
        if self.slots is not None and self.slots < parallel:
            values = {"limit": self.limit, "slots": self.slots, "parallel": parallel}
            log.warning(say("sweep.pool_small", None, pool=self.pool, **values))

    def submit(self, job: TrialJob, key: str) -> RemoteRun:
        """Create a flow run below the one of the sweep, unless there is one under this key."""
        parameters = {"job": job.model_dump(mode="json")}

        def create(_: SyncPrefectClient) -> FlowRun:
            return run_deployment(  # type: ignore[return-value]  # a coroutine in async functions alone
                self.deployment, parameters=parameters, timeout=0, idempotency_key=key, flow_run_name=job.name
            )

        return _remote(_asked(create))

    def look(self, run_id: str) -> RemoteRun:
        """The state of a flow run; one that was deleted has ended."""
        try:
            return _remote(_asked(lambda prefect: prefect.read_flow_run(UUID(run_id))))
        except ObjectNotFound:
            return RemoteRun(run_id, "ended", say("sweep.run_deleted"))

    def stop(self, run_id: str, reason: str, *, dead: bool = False) -> None:
        """Cancel a flow run, or declare it crashed."""
        if self.look(run_id).state == "ended":
            return
        state: State[None] = Crashed(message=reason) if dead else Cancelling(message=reason)
        _asked(lambda prefect: prefect.set_flow_run_state(UUID(run_id), state, force=dead))

    def why_waiting(self) -> str:
        """Why no worker takes a flow run: none is online, the pool is paused, at its limit, or they are busy."""
        pool = _asked(lambda prefect: prefect.read_work_pool(self.pool))
        workers = _asked(lambda prefect: prefect.read_workers_for_work_pool(self.pool))
        online = sum(worker.status == WorkerStatus.ONLINE for worker in workers)
        if pool.is_paused:
            return say("sweep.pool_paused", pool=self.pool)
        if not online:
            return say("sweep.no_worker", pool=self.pool)
        if pool.concurrency_limit is not None and (pool.active_slots or 0) >= pool.concurrency_limit:
            return say("sweep.pool_full", pool=self.pool, limit=pool.concurrency_limit)
        return say("sweep.workers_busy", pool=self.pool, online=online)


def pool_workers(parallel: int) -> PoolWorkers:
    """The workers for a sweep with `parallel` trials at a time, called before anything starts.

    A sweep that is itself a run of `sweep-docker` has its trials made by `trial-docker`, and so on.

    Raises:
        RecipeError: no Prefect server is configured, it lacks the deployment, or this sweep occupies the only slot of
            the pool, so that its trials would wait for ever.
        StoryFlowerError: the server does not answer.
    """
    if server_url() is None:
        raise problem(RecipeError, "sweep_no_server", "--parallel", parallel=parallel)
    own_deployment = this_deployment.name or ""
    kind = own_deployment.removeprefix(_SWEEP) if own_deployment.startswith(_SWEEP) else ""
    deployment = f"{_TRIAL}/{_TRIAL}{kind}"
    with prefect_client() as prefect:
        try:
            name = prefect.read_deployment_by_name(deployment).work_pool_name
        except ObjectNotFound:
            name = None
        if name is None:
            raise problem(RecipeError, "sweep_no_deployment", server_place(), deployment=deployment)
        limit = prefect.read_work_pool(name).concurrency_limit
        own = prefect.read_flow_run(UUID(this_flow_run.id)).work_pool_name if this_flow_run.id else None
    slots = None if limit is None else limit - (own == name)
    if slots is not None and slots < 1:
        raise problem(RecipeError, "sweep_waits_for_itself", name, limit=limit, slots=parallel + (own == name))
    return PoolWorkers(deployment, name, limit, slots)


def _asked(request: Callable[[SyncPrefectClient], T]) -> T:
    """The answer of the server, which is waited for if it is away."""
    try:
        with prefect_client() as prefect:
            return request(prefect)
    except StoryFlowerError:
        wait_for_the_server()
        with prefect_client() as prefect:
            return request(prefect)


def _remote(found: FlowRun) -> RemoteRun:
    state = found.state
    if state is None or state.type == StateType.SCHEDULED:
        return RemoteRun(str(found.id), "waiting")
    if not state.is_final():
        return RemoteRun(str(found.id), "taken")
    return RemoteRun(str(found.id), "ended", f"{state.name}: {state.message or say('no_message')}")
