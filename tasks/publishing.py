"""Publishes artifacts on a flow run's page in Prefect. MLflow holds the same, so a failure here ends no training."""

import logging
import time
from typing import Any

import httpx
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from storyflower.messages import say
from storyflower.tracking.links import run_link
from storyflower.tracking.runs import TrackedRun

log = logging.getLogger("storyflower.stage")  # under `storyflower`, so that one setting shows all of it

SECONDS_BETWEEN_TRIES = 60.0
"""How long no artifact is published after the Prefect server has failed to answer."""

_next_try = 0.0


def publish_of_run(run: TrackedRun, markdown: str, *, key: str, description: str) -> None:
    """As `publish_markdown`, with a link to the run in MLflow below the text."""
    publish_markdown(f"{markdown}\n\n{run_link(run)}\n", key=key, description=description)


def publish_markdown(markdown: str, *, key: str, description: str) -> None:
    """Publish a text with the flow run; log a warning if the server does not answer."""
    _publish(create_markdown_artifact, markdown, key=key, description=description)


def publish_table(rows: list[dict[str, Any]], *, key: str, description: str) -> None:
    """Publish a table with the flow run; log a warning if the server does not answer."""
    _publish(create_table_artifact, rows, key=key, description=description)


def _publish(create: Any, content: Any, *, key: str, description: str) -> None:
    global _next_try  # noqa: PLW0603 - one server for the whole process
    if time.monotonic() >= _next_try:
        try:
            create(content, key=key, description=description)
        except httpx.HTTPError:
            _next_try = time.monotonic() + SECONDS_BETWEEN_TRIES
        else:
            return
    log.warning(say("log.artifact_left_out", artifact=key))
