"""Training figures on a real store that does not answer for a while: no process listens at its port."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from storyflower.tracking import observer as observing
from storyflower.tracking.observer import MlflowObserver
from storyflower.tracking.runs import TrackedRun, tracked_run
from storyflower.tracking.store import client
from storyflower.training.progress import EpochRecord
from tests.homes import current_home


def epoch(number: int) -> EpochRecord:
    figures = {name: 0.5 for name in EpochRecord.__dataclass_fields__ if name != "epoch"}
    return EpochRecord(epoch=number, **figures)


@contextmanager
def away(run: TrackedRun, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within it, the store of the run does not answer."""
    home = run.home
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        object.__setattr__(run, "home", replace(home, tracking_uri="http://127.0.0.1:9"))
        yield
        object.__setattr__(run, "home", home)


def test_pending_figures_are_logged_when_the_training_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store answers again within the minute in which the observer does not try."""
    with tracked_run(current_home(), "name", {}) as run:
        observer = MlflowObserver(run)
        with away(run, monkeypatch):
            observer.epoch_ended(epoch(1))
        observer.epoch_ended(epoch(2))
        assert client(current_home()).get_metric_history(run.run_id, "epoch/dev_macro_f1") == []
        observer.flush()
    logged = client(current_home()).get_metric_history(run.run_id, "epoch/dev_macro_f1")
    assert [figure.step for figure in logged] == [1, 2]


@pytest.mark.usefixtures("in_english")
def test_figures_wait_while_the_store_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observing, "SECONDS_BETWEEN_TRIES", 0.0)
    with tracked_run(current_home(), "name", {}) as run:
        observer = MlflowObserver(run)
        with away(run, monkeypatch), caplog.at_level(logging.WARNING):
            observer.epoch_ended(epoch(1))
        assert "its figures wait" in caplog.text
        observer.epoch_ended(epoch(2))
    logged = client(current_home()).get_metric_history(run.run_id, "epoch/dev_macro_f1")
    assert [figure.step for figure in logged] == [1, 2]
