"""An MLflow server that refuses access: reported as such for every message of the server, and not as a full disk."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from mlflow.exceptions import MlflowException

from storyflower.errors import StorageError, TrackingError
from storyflower.tracking.problems import known_errors, store_problem
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client, experiment_id
from tests.homes import current_home

BODIES = {
    "text": "Permission denied",
    "json": json.dumps({"error_code": "PERMISSION_DENIED", "message": "Permission denied: No space left for you"}),
}


@pytest.fixture(params=[(401, "text"), (403, "text"), (403, "json")], ids=str)
def refusing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that refuses every request; its HTTP status."""
    status, body = request.param

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(BODIES[body].encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("STORYFLOWER_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("STORYFLOWER_LANG", "en")
        yield status
        server.shutdown()


def test_a_refusal_of_the_server_is_no_problem_of_the_disk(refusing: int) -> None:
    for call in (
        lambda: experiment_id(current_home()),
        lambda: tracked_run(current_home(), "run", {}).__enter__(),
        lambda: _within_known_errors(client(current_home()).search_experiments),
    ):
        with pytest.raises(TrackingError, match=rf"refuses the request \(HTTP {refusing}\)") as raised:
            call()
        assert "MLFLOW_TRACKING_USERNAME" in raised.value.remedy
        assert raised.value.where.startswith("http://127.0.0.1:")


def test_a_training_goes_on_while_the_server_refuses(refusing: int) -> None:
    """The observer keeps figures that the server refuses, as it does while the server does not answer."""
    with pytest.raises(MlflowException) as raised:
        client(current_home()).search_experiments()
    assert store_problem(raised.value, current_home()) is not None


def test_a_full_disk_of_the_local_store_is_still_the_disks(own_home: Path) -> None:
    full = OSError(28, "No space left on device", str(own_home))
    with pytest.raises(StorageError), known_errors(current_home()):
        raise MlflowException("the artifact could not be written") from full


def _within_known_errors(call: object) -> None:
    with known_errors(current_home()):
        call()  # type: ignore[operator]
