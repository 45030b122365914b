"""Training figures on a real store that goes away for a while, as a client sees it: a port that nobody listens at."""

import logging

import pytest

from storyflower.tracking import observer as observing
from storyflower.tracking.observer import MlflowObserver
from storyflower.tracking.runs import client, tracked_run
from storyflower.training.progress import EpochRecord


def epoch(number: int) -> EpochRecord:
    figures = {name: 0.5 for name in EpochRecord.__dataclass_fields__ if name != "epoch"}
    return EpochRecord(epoch=number, **figures)


def test_what_waits_when_the_training_ends_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is back within the minute in which nobody asks it again."""
    with tracked_run("name", {}) as run:
        observer = MlflowObserver(run)
        with monkeypatch.context() as away:
            away.setenv("STORYFLOWER_TRACKING_URI", "http://127.0.0.1:9")
            away.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
            observer.epoch_ended(epoch(1))
        observer.epoch_ended(epoch(2))
        assert client().get_metric_history(run.run_id, "epoch/dev_macro_f1") == []
        observer.tell_the_rest()
    told = client().get_metric_history(run.run_id, "epoch/dev_macro_f1")
    assert [figure.step for figure in told] == [1, 2]


@pytest.mark.usefixtures("in_english")
def test_figures_wait_while_the_store_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observing, "SECONDS_BETWEEN_TRIES", 0.0)
    with tracked_run("name", {}) as run:
        observer = MlflowObserver(run)
        with monkeypatch.context() as away, caplog.at_level(logging.WARNING):
            away.setenv("STORYFLOWER_TRACKING_URI", "http://127.0.0.1:9")
            away.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
            observer.epoch_ended(epoch(1))
        assert "its figures wait" in caplog.text
        observer.epoch_ended(epoch(2))
    told = client().get_metric_history(run.run_id, "epoch/dev_macro_f1")
    assert [figure.step for figure in told] == [1, 2]
