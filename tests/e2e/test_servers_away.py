"""Servers that are down, die or never answer: bounded, one clear error, and what was begun is brought to its end."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient

from storyflower.sample.corpus import write_sample_workbooks
from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.server, pytest.mark.slow]

SMALL = ("--set", "scratch_hidden_size=32", "--set", "scratch_vocab_size=600", "--set", "scratch_layers=1")


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    training, validation = write_sample_workbooks(
        tmp_path_factory.mktemp("books"), training_rows=300, validation_rows=100
    )
    return str(training), str(validation)


@pytest.fixture
def silent() -> Iterator[str]:
    """An HTTP address that accepts every connection and never answers."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    held.append(listener.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in held:
        connection.close()


def train(books: tuple[str, str]) -> list[str]:
    place = ["--train", books[0], "--validation", books[1]]
    return ["storyflower", "train", "--recipe", "tiny", "--json", *place, *SMALL]


def the_only_error(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("✗") == 1, done.stderr
    return dict(json.loads(done.stdout)["error"])


@pytest.mark.parametrize("variable", ["PREFECT_API_URL", "MLFLOW_TRACKING_URI"])
@pytest.mark.parametrize("answering", ["refuses", "never answers"])
def test_a_server_that_is_away_at_the_start_is_one_error_before_anything_begins(
    variable: str, answering: str, world: Any, silent: str, unused_port: int, books: tuple[str, str], tmp_path: Path
) -> None:
    url = silent if answering == "never answers" else f"http://127.0.0.1:{unused_port}"
    url += "/api" if variable == "PREFECT_API_URL" else ""
    env = world.env | {variable: url, "STORYFLOWER_HOME": str(tmp_path / "home"), "STORYFLOWER_LANG": "en"}
    done = subprocess.run(train(books), env=env, capture_output=True, text=True, timeout=GIVE_UP_S, check=False)
    error = the_only_error(done)
    assert "does not answer" in error["problem"]
    assert error["where"].startswith(url)
    assert not (tmp_path / "home" / "stages").exists()


def test_a_training_outlives_its_prefect_server_and_is_reported_when_it_is_back(
    stoppable_prefect: Any, books: tuple[str, str]
) -> None:
    world = stoppable_prefect.world
    env = world.env | {"STORYFLOWER_LANG": "en"}
    command = [*train(books), "--set", "epochs=3"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as training:
        assert training.stderr is not None
        assert training.stdout is not None
        lines: list[str] = []
        for line in training.stderr:
            lines.append(line)
            if "tokenize" in line and stoppable_prefect.process is not None and len(lines) < 200:
                stoppable_prefect.kill()
            if "waiting up to" in line:
                stoppable_prefect.start()
        stderr = "".join(lines)
        result = json.loads(training.stdout.read())
    assert training.returncode == 0, stderr
    assert "Traceback" not in stderr, stderr
    assert "is not on the run's page" in stderr
    uri = f"sqlite:///{world.home / 'mlflow.db'}"
    run = MlflowClient(uri, uri).get_run(result["run_id"])
    assert run.info.status == "FINISHED"
    flow_run = f"{env['PREFECT_API_URL']}/flow_runs/{run.data.tags['flow_run_id']}"
    assert httpx.get(flow_run, timeout=GIVE_UP_S).json()["state"]["type"] == "COMPLETED"
