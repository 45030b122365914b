"""The log and state in Prefect of a run that ends with an error that its user can solve."""

import logging
from pathlib import Path

import pytest
from prefect import flow, task

from flows.train import train
from storyflower.errors import RecipeError, WorkbookError
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TrainingRecipe

pytestmark = pytest.mark.server


def records_of(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name.startswith("prefect.") and record.levelname == "ERROR"]


def test_an_error_that_a_user_can_mend_is_logged_once_and_without_traceback(
    caplog: pytest.LogCaptureFixture, recipe: TrainingRecipe, tmp_path: Path
) -> None:
    missing = CorpusSource(training=str(tmp_path / "없음.xlsx"), validation=str(tmp_path / "없음.xlsx"))
    with pytest.raises(WorkbookError) as caught:
        train(missing, recipe)
    explained = [record for record in records_of(caplog) if str(caught.value) in record.getMessage()]
    assert [record.getMessage() for record in explained if record.exc_info] == []
    assert len([record for record in explained if record.getMessage() == str(caught.value)]) == 1


def test_an_error_of_a_task_is_logged_once_for_task_and_flow(caplog: pytest.LogCaptureFixture) -> None:
    @task
    def refuse() -> None:
        raise RecipeError("no such value", remedy="another value")

    @flow
    def refusing() -> None:
        refuse()

    with pytest.raises(RecipeError):
        refusing()
    messages = [record.getMessage() for record in records_of(caplog)]
    assert messages.count("no such value\n→ another value") == 1
    assert not any(record.exc_info for record in records_of(caplog))


def test_a_bug_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    @flow
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert any(record.exc_info for record in records_of(caplog))
