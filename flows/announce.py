"""Emits the event that announces new workbooks; deployments can be triggered by it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import DeploymentStatus
from prefect.client.schemas.responses import DeploymentResponse
from prefect.events import Event
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import EventTrigger
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from flows.access import prefect_client, server_place, server_url
from storyflower.errors import StoryFlowerError, WorkbookError
from storyflower.messages import problem
from storyflower.pipeline.source import CorpusSource

CORPUS_UPDATED = "storyflower.corpus.updated"
CORPUS = {"prefect.resource.id": "storyflower.corpus", "prefect.resource.name": "corpus"}
"""The resource of the event, by which triggers match it."""
_SET_FOLDER = "prefect.deployments.steps.set_working_directory"


@dataclass(frozen=True)
class Announcement:
    """An event that the server has accepted, and the deployments that it triggers."""

    event: str
    id: str
    deployments: tuple[str, ...]
    """Names of the active deployments that the event triggers."""
    has_worker: bool
    """Whether a worker serves all of them now; otherwise their runs wait."""


def announce_corpus() -> Announcement:
    """Emit `storyflower.corpus.updated` if it triggers an active deployment that has workbooks to read.

    The event is posted directly: Prefect's background emitter does not report whether the server has accepted it.

    Raises:
        StoryFlowerError: no Prefect server is configured, it does not answer, or no active deployment is triggered.
        WorkbookError: a deployment that would run finds no workbooks.
    """
    if server_url() is None:
        raise problem(StoryFlowerError, "no_prefect_server", "PREFECT_API_URL")
    event = Event(event=CORPUS_UPDATED, resource=CORPUS)
    with prefect_client() as prefect:
        triggered = list(_triggered(prefect))
        if not triggered:
            raise problem(StoryFlowerError, "nothing_listens", server_place())
        for deployment in triggered:
            _require_workbooks(deployment)
        prefect.request("POST", "/events", json=[event.model_dump(mode="json")])
    served = all(deployment.status == DeploymentStatus.READY for deployment in triggered)
    return Announcement(CORPUS_UPDATED, str(event.id), tuple(found.name for found in triggered), served)


def _triggered(prefect: SyncPrefectClient) -> Iterator[DeploymentResponse]:
    """Yield the deployments, except paused ones, that an enabled automation runs on this event."""
    for automation in prefect.read_automations():
        trigger = automation.trigger
        if not (automation.enabled and isinstance(trigger, EventTrigger) and CORPUS_UPDATED in trigger.expect):
            continue
        for action in automation.actions:
            if isinstance(action, RunDeployment) and action.deployment_id:
                deployment = _existing(prefect, action)
                if deployment is not None and not deployment.paused:
                    yield deployment


def _existing(prefect: SyncPrefectClient, action: RunDeployment) -> DeploymentResponse | None:
    try:
        return prefect.read_deployment(action.deployment_id)  # type: ignore[arg-type]
    except ObjectNotFound:
        return None


def _require_workbooks(deployment: DeploymentResponse) -> None:
    """Check the deployment's workbooks, unless this machine lacks the folder in which it runs."""
    folders = [Path(step[_SET_FOLDER]["directory"]) for step in deployment.pull_steps or () if _SET_FOLDER in step]
    if not (folders and folders[0].is_dir()):
        return
    try:
        CorpusSource.model_validate(deployment.parameters.get("source")).require_files(folders[0])
    except (WorkbookError, ValidationError) as error:
        reason = f"{error.where}: {error.problem}" if isinstance(error, WorkbookError) else error.errors()[0]["msg"]
        name = deployment.name
        raise problem(
            WorkbookError, "deployed_without_workbooks", server_place(), deployment=name, reason=reason
        ) from error
