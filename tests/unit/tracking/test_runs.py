"""Runs on a real store: each ends with a status and, when it failed, a reason."""

import json
from base64 import b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from storyflower.errors import TrackingError
from storyflower.recipe import KOBERT
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client, experiment_id
from tests.homes import current_home


def test_a_run_that_ends_well_is_finished_and_keeps_what_was_logged() -> None:
    with tracked_run(current_home(), "name", {"flow_run_id": "f"}) as run:
        run.log_params({"epochs": 2, "columns": ["사람문장1"], "sheet": None, "name": "tiny"})
        run.log_metrics({"loss": 0.5}, step=3)
        run.log_json({"라벨": "기쁨"}, "data/quality.json")
    logged = client(current_home()).get_run(run.run_id)
    assert logged.info.status == "FINISHED"
    assert logged.data.params == {"epochs": "2", "columns": '["사람문장1"]', "sheet": "null", "name": "tiny"}
    assert logged.data.tags["flow_run_id"] == "f"
    assert client(current_home()).get_metric_history(run.run_id, "loss")[0].step == 3
    path = client(current_home()).download_artifacts(run.run_id, "data/quality.json")
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        text = file.read()
    assert "기쁨" in text
    assert json.loads(text) == {"라벨": "기쁨"}


def test_all_parameters_tags_and_figures_of_a_call_are_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted where MLflow's client hands a call to its store: for a server, each of them is a request."""
    calls: list[str] = []
    for name in ("log_batch", "log_param", "log_metric", "set_tag"):
        monkeypatch.setattr(SqlAlchemyStore, name, counted(name, getattr(SqlAlchemyStore, name), calls))
    params = KOBERT.flat()
    tags = {f"tag_{number}": "기쁨" for number in range(30)}
    figures = {f"test/f1/{number}": number / 300 for number in range(300)}
    with tracked_run(current_home(), "name", {}) as run:
        calls.clear()
        run.log_params(params)
        run.set_tags(tags)
        run.log_metrics(figures)
        assert calls == ["log_batch"] * 3
    logged = client(current_home()).get_run(run.run_id).data
    assert logged.params.keys() == params.keys()
    assert tags.items() <= logged.tags.items()
    assert logged.metrics == figures


def counted(name: str, call: Callable[..., Any], calls: list[str]) -> Callable[..., Any]:
    def counting(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return call(*args, **kwargs)

    return counting


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("no such column"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_run_that_breaks_says_why(error: BaseException, status: str) -> None:
    with pytest.raises(type(error)), tracked_run(current_home(), "name", {}) as run:
        raise error
    logged = client(current_home()).get_run(run.run_id)
    assert logged.info.status == status
    assert type(error).__name__ in logged.data.tags["reason"]


def test_a_run_that_breaks_drops_the_copy_it_did_not_register() -> None:
    with pytest.raises(KeyboardInterrupt), tracked_run(current_home(), "name", {}) as run:
        copy = client(current_home()).create_logged_model(experiment_id(current_home()), "model", run.run_id)
        folder = Path(copy.artifact_location.removeprefix("file://"))
        folder.mkdir(parents=True)
        (folder / "model.safetensors").touch()
        raise KeyboardInterrupt
    assert not folder.exists()
    assert client(current_home()).search_logged_models([experiment_id(current_home())]) == []


def test_a_store_that_does_not_answer_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(TrackingError, match="does not answer"), tracked_run(current_home(), "name", {}):
        pass


def test_a_password_reaches_the_server_and_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The login of an address reaches the server as a header of its requests, which are refused."""
    received: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            received.append(self.headers["Authorization"])
            self.send_error(401)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("STORYFLOWER_TRACKING_URI", f"http://me:s3cret@127.0.0.1:{server.server_port}")
        for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
            monkeypatch.setenv(name, "")
        with pytest.raises(TrackingError) as raised:
            experiment_id(current_home())
        server.shutdown()
    assert received == [f"Basic {b64encode(b'me:s3cret').decode()}"]
    assert "127.0.0.1" in str(raised.value)
    assert "s3cret" not in str(raised.value) + str(raised.value.__cause__)


def test_no_secret_of_an_address_reaches_the_store() -> None:
    address = "http://user:s3/cret@host/a.xlsx?token=s3cret"
    with (
        pytest.raises(OSError, match="cannot read"),
        tracked_run(current_home(), f"train {address}", {"workbook": address}) as run,
    ):
        run.log_params({"source": address, "sources": [address]})
        run.set_tags({"seen": f"read {address}"})
        raise OSError(f"cannot read {address}")
    found = client(current_home()).get_run(run.run_id)
    assert found.data.tags["reason"] == "OSError: cannot read http://host/a.xlsx"
    assert found.data.params["sources"] == '["http://host/a.xlsx"]'
    assert not [secret for secret in ("s3/cret", "s3cret", "cret@") if secret in str(found.to_dictionary())]
