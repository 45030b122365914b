"""The event by which a person or a script says that there are new workbooks; a deployment may be triggered by it."""

import httpx
from prefect.client.orchestration import get_client
from prefect.events import Event
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import get_current_settings

from storyflower.errors import StoryFlowerError

CORPUS_UPDATED = "storyflower.corpus.updated"
CORPUS = {"prefect.resource.id": "storyflower.corpus", "prefect.resource.name": "corpus"}
"""What the event is about: the name by which a trigger finds it."""


def announce_corpus() -> tuple[str, str]:
    """Emit `storyflower.corpus.updated`; the event's name and id.

    Posted, not handed to Prefect's background emitter: a command must know that the server has it before it ends.

    Raises:
        StoryFlowerError: no Prefect server is configured, or it does not take the event.
    """
    server = get_current_settings().api.url
    if not server:
        raise StoryFlowerError(
            "no Prefect server is configured, so nobody would hear of it",
            where="PREFECT_API_URL",
            remedy="export PREFECT_API_URL=http://127.0.0.1:4200/api (`make server` starts one there).",
        )
    event = Event(event=CORPUS_UPDATED, resource=CORPUS)
    try:
        with get_client(sync_client=True) as client:
            client.request("POST", "/events", json=[event.model_dump(mode="json")])
    except (httpx.HTTPError, PrefectHTTPStatusError) as error:
        raise StoryFlowerError(
            f"the Prefect server did not take the event: {error}",
            where=server,
            remedy="Start it with `make server`, or mend PREFECT_API_URL; `storyflower doctor` asks it.",
        ) from error
    return CORPUS_UPDATED, str(event.id)
