"""The event by which a person or a script says that there are new workbooks; a deployment may be triggered by it."""

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
from prefect.settings import get_current_settings
from pydantic import ValidationError

from flows.access import prefect_client, server_place
from storyflower.errors import StoryFlowerError, WorkbookError
from storyflower.messages import problem
from storyflower.pipeline.source import CorpusSource

CORPUS_UPDATED = "storyflower.corpus.updated"
CORPUS = {"prefect.resource.id": "storyflower.corpus", "prefect.resource.name": "corpus"}
"""What the event is about: the name by which a trigger finds it."""
_SET_FOLDER = "prefect.deployments.steps.set_working_directory"


@dataclass(frozen=True)
class Announcement:
    """An event that the server has taken, and what it starts."""

    event: str
    id: str
    deployments: tuple[str, ...]
    """Names of the active deployments that the event triggers."""
    has_worker: bool
    """Whether a worker serves all of them now; else their runs wait."""


def announce_corpus() -> Announcement:
    """Emit `storyflower.corpus.updated`, where an active deployment is triggered by it and has workbooks to read.

    Posted, not handed to Prefect's background emitter: a command must know that the server has it before it ends.

    Raises:
        StoryFlowerError: no Prefect server is configured, it does not answer, or no active deployment listens.
        WorkbookError: a deployment that would run finds no workbooks.
    """
    if not get_current_settings().api.url:
        raise problem(StoryFlowerError, "no_prefect_server", "PREFECT_API_URL")
    event = Event(event=CORPUS_UPDATED, resource=CORPUS)
    with prefect_client() as prefect:
        listening = list(_listening(prefect))
        if not listening:
            raise problem(StoryFlowerError, "nothing_listens", server_place())
        for deployment in listening:
            _require_workbooks(deployment)
        prefect.request("POST", "/events", json=[event.model_dump(mode="json")])
    served = all(deployment.status == DeploymentStatus.READY for deployment in listening)
    return Announcement(CORPUS_UPDATED, str(event.id), tuple(found.name for found in listening), served)


def _listening(prefect: SyncPrefectClient) -> Iterator[DeploymentResponse]:
    """The deployments, not paused, that an enabled automation runs at this event."""
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
    """Look where the deployment will look; not from a machine that lacks the folder in which it runs."""
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
