"""Requests a person's approval of a promotion on the flow run's page in the Prefect UI."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Literal

from prefect import get_client
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run
from prefect.input import RunInput
from prefect.runtime import flow_run
from prefect.states import Running
from pydantic import Field

from flows.access import server_url
from storyflower.messages import say
from storyflower.pipeline.results import RegisteredVersion
from storyflower.promotion.approval import Approval
from storyflower.promotion.decisions import read_markdown
from storyflower.recipe_parts import PromotionRecipe
from storyflower.storage.home import Home

log = logging.getLogger("storyflower.approval")  # under `storyflower`, so that one setting shows all of it

POLL_SECONDS = 5


class PromotionAnswer(RunInput):
    """The form that Prefect shows under "Resume"."""

    answer: Literal["approve", "reject"] = Field(description="approve: the version becomes the champion.")
    name: str = Field(min_length=1, max_length=100, description="Who answers; recorded in the registry's history.")
    comment: str = Field("", max_length=500, description="Why; recorded with the version.")


def request_approval(home: Home, version: RegisteredVersion, policy: PromotionRecipe) -> Approval | None:
    """Pause this flow run until a person answers on its page; no answer in time is a rejection.

    The process waits, because Prefect can suspend neither a subflow nor a run without a deployment.

    Returns:
        The answer; None if the policy requires no approval, or if no server is configured to answer on.
    """
    hours = policy.approval_hours
    if hours is None:
        return None
    if server_url() is None:
        log.warning(say("log.no_server_to_ask", version=version.model_version, name=version.model_name))
        return None
    until = datetime.now(UTC) + timedelta(hours=hours)
    log.info(say("log.approval_awaited", until=f"{until.astimezone():%Y-%m-%d %H:%M}", page=flow_run.ui_url))
    form = PromotionAnswer.with_initial_data(description=read_markdown(home, version.run_id))
    try:
        given = pause_flow_run(form, timeout=max(1, round(hours * 3600)), poll_interval=POLL_SECONDS)
    except FlowPauseTimeout:
        # By Prefect's rules a pause that has timed out can only fail: the run is set to Running by force.
        with get_client(sync_client=True) as prefect:
            prefect.set_flow_run_state(flow_run.id, Running(message="no answer in time: rejected"), force=True)
        approval = Approval(False, say("approval.timed_out"), say("approval.no_answer", hours=hours))
    else:
        approval = Approval(given.answer == "approve", given.name.strip(), given.comment.strip())
    log.info("approval: %s", approval)
    return approval
