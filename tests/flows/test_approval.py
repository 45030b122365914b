"""Approval by a person: the flow run waits for an answer on its page: approve, reject, or none in time.

The tests share one home and depend on their order: the model is trained once, and compared again each time.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import approval
from flows.retrain import retrain
from flows.train import train
from storyflower.pipeline.results import RegisteredVersion, Retraining
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion.alias import champion_number
from storyflower.promotion.decisions import read_decision
from storyflower.promotion.history import moves
from storyflower.recipe import TrainingRecipe
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.store import client
from tests.homes import current_home
from tests.waiting import GIVE_UP_S, until

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(autouse=True)
def polled_every_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval, "POLL_SECONDS", 1)


@pytest.fixture
def asking(recipe: TrainingRecipe) -> TrainingRecipe:
    return recipe.with_changes({"approval_hours": 0.02})


def paused_run(running: Future[Any]) -> FlowRun:
    """Return the flow run that waits for an answer."""
    paused = FlowRunFilterStateType(any_=[StateType.PAUSED])
    with get_client(sync_client=True) as prefect:

        def waiting() -> list[FlowRun]:
            assert not running.done(), running.result()
            return prefect.read_flow_runs(flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=paused)))

        return until(waiting, "nothing waits for an answer")[0]


def answered(flow: Callable[[], Any], answer: dict[str, str]) -> Any:
    """Run a flow, answer its request for approval as the page of the run does, and return its result."""
    with ThreadPoolExecutor(1) as pool, get_client(sync_client=True) as prefect:
        running = pool.submit(copy_context().run, flow)
        waiting = paused_run(running)
        empty = prefect.request("POST", "/flow_runs/{id}/resume", path_params={"id": waiting.id}, json={})
        assert empty.json()["status"] == "REJECT"  # the form is required
        resumed = prefect.resume_flow_run(waiting.id, run_input=answer)
        assert resumed.status.value == "ACCEPT", resumed
        return running.result(GIVE_UP_S)


def approval_check(version: RegisteredVersion) -> tuple[str, str]:
    decision = read_decision(
        current_home(), client(current_home()).get_model_version(DEFAULT_MODEL, version.model_version)
    )
    (check,) = [check for check in decision.checks if check.name == "approval"]
    return check.verdict, check.meaning


def test_no_answer_in_time_is_a_rejection(source: CorpusSource, recipe: TrainingRecipe) -> None:
    version = train(source, recipe.with_changes({"approval_hours": 0.001}))
    assert not version.promoted
    assert version.reason.startswith("시간 초과로 거절 (0.001시간 안에 응답이 없었습니다): 첫 챔피언")
    assert champion_number(current_home()) is None
    assert approval_check(version) == ("failed", "시간 초과로 거절 (0.001시간 안에 응답이 없었습니다)")


def test_a_rejected_version_is_not_promoted(source: CorpusSource, asking: TrainingRecipe) -> None:
    answer = {"answer": "reject", "name": "지은", "comment": "상처를 못 찾음"}
    version = answered(lambda: train(source, asking), answer)
    assert not version.promoted
    assert version.reason.startswith("지은 거절 (상처를 못 찾음): 첫 챔피언")
    assert client(current_home()).get_run(version.run_id).info.status == "FINISHED"
    assert champion_number(current_home()) is None
    assert moves(current_home()) == []


def test_without_a_server_the_version_waits_for_the_command(
    recipe: TrainingRecipe, caplog: pytest.LogCaptureFixture
) -> None:
    version = RegisteredVersion.model_construct(run_id="none", model_name="feelings", model_version="7")
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert (
            approval.request_approval(current_home(), version, recipe.with_changes({"approval_hours": 1}).promotion)
            is None
        )
    assert "`storyflower registry promote 7 --model feelings`" in caplog.text


def test_an_approved_version_is_champion_and_the_history_knows_by_whom(
    source: CorpusSource, asking: TrainingRecipe
) -> None:
    again: Any = retrain(source, asking)
    assert Retraining.model_validate(again).state == "skipped"  # no approval of a rejected version is requested again
    longer = asking.with_changes({"approval_hours": 0.03})
    outcome = answered(lambda: retrain(source, longer), {"answer": "approve", "name": "지은", "comment": "좋다"})
    version = Retraining.model_validate(outcome).version
    assert version is not None
    assert version.promoted
    assert version.stages["finetune"].state == "cached"
    assert champion_number(current_home()) == version.model_version
    (move,) = moves(current_home())
    assert move.by.startswith("지은, Prefect train-")
    assert move.why.startswith("지은 승인 (좋다): 첫 챔피언")
    assert approval_check(version) == ("passed", "지은 승인 (좋다)")
