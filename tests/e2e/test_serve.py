"""`storyflower serve` as a process: its start, load, promotions, a registry that goes away, its end, and its log."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from storyflower.data.labels import MAJORS
from storyflower.registry.versions import register_version
from storyflower.storage.home import Home
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client
from tests.e2e.conftest import World, free_port, make_world, stop, wait_for
from tests.unit.conftest import make_model_directory

pytestmark = [pytest.mark.server, pytest.mark.slow]

MARK = "이 문장은 어디에도 남지 않는다"
"""A text that must not be found in what the server writes."""


@dataclass(frozen=True)
class Served:
    """A home with two versions, and a process that serves it."""

    home: Home
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def promote(self, version: str) -> None:
        client(self.home).set_registered_model_alias(self.home.model, "champion", version)

    def wait_for_version(self, version: str) -> None:
        """Wait until it answers; a server that dies ends the waiting."""
        while httpx.get(f"{self.url}/version", timeout=60).json()["model"]["version"] != version:
            assert self.process.poll() is None
            time.sleep(0.1)


def register_two(home: Home, folder: Path) -> None:
    with tracked_run(home, "test", {}) as run:
        for seed in (1, 5):
            directory = make_model_directory(folder / str(seed), seed=seed)
            register_version(run, directory, MAJORS, {"model_digest": str(seed)})


@contextmanager
def serving(world: World, home: Home, **env: str) -> Iterator[Served]:
    port, log = free_port(), world.home.parent / "serve.log"
    client(home).set_registered_model_alias(home.model, "champion", "1")
    world = World(world.home, world.env | env)
    process = world.start(log, "storyflower", "serve", "--port", str(port))
    try:
        wait_for(f"http://127.0.0.1:{port}/ping", process, log, 300)
        yield Served(home, f"http://127.0.0.1:{port}", process, log)
    finally:
        stop(process)


@pytest.fixture(scope="module")
def served_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("serve")
    world = make_world(folder)
    register_two(Home(world.home), folder)
    return world


class Load:
    """Clients that send requests one after the other until they are stopped, or the server is."""

    def __init__(self, url: str, clients: int) -> None:
        self.replies: list[httpx.Response] = []
        self.broken: list[httpx.HTTPError] = []
        self._url = url
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(clients)
        self._clients = [self._pool.submit(self._send, number) for number in range(clients)]

    def _send(self, number: int) -> None:
        texts = [f"{MARK} {number} {i}" for i in range(number % 4 + 1)]
        with httpx.Client(base_url=self._url, timeout=120) as http:
            while not self._ended.is_set():
                try:
                    self.replies.append(http.post("/predict", json={"texts": texts}))
                except httpx.ConnectError:  # the server has ended
                    return
                except httpx.HTTPError as error:
                    self.broken.append(error)
                    return

    def end(self) -> None:
        self._ended.set()
        for one in self._clients:
            one.result(120)


def versions(replies: list[httpx.Response]) -> set[str]:
    return {reply.json()["model"]["version"] for reply in replies if reply.status_code == 200}


def test_promotions_under_load_lose_no_request_and_sigterm_answers_what_it_took(served_world: World) -> None:
    with serving(served_world, Home(served_world.home)) as served:
        written = served.log.read_text("utf-8")
        assert f"curl {served.url}/predict" in written
        assert '{"texts": ["오늘 정말 기뻤어."]}' in written
        for body in ({"texts": [MARK, 3]}, {"texts": [MARK * 200]}, [MARK]):
            assert httpx.post(f"{served.url}/predict", json=body).status_code == 422
        httpx.post(f"{served.url}/invocations", json={"inputs": [MARK, None]})

        load = Load(served.url, 16)
        for version in ("2", "1", "2"):
            served.promote(version)
            served.wait_for_version(version)
        load.end()
        assert not load.broken
        assert {reply.status_code for reply in load.replies} == {200}
        assert versions(load.replies) == {"1", "2"}
        assert all(len(reply.json()["predictions"]) in (1, 2, 3, 4) for reply in load.replies)

        load = Load(served.url, 16)
        while len(load.replies) < 100:
            assert served.process.poll() is None
        os.kill(served.process.pid, signal.SIGTERM)
        assert served.process.wait(120) == 0
        load.end()
        # A connection that is closed between two requests takes no answer from its client.
        assert all(isinstance(error, httpx.RemoteProtocolError | httpx.ReadError) for error in load.broken)
        assert {reply.status_code for reply in load.replies} <= {200, 503}
        assert {reply.json()["error_code"] for reply in load.replies if reply.status_code == 503} <= {"stopping"}
        log = served.log.read_text("utf-8")
        assert MARK not in log
        assert "버전 2" in log
        assert "Traceback" not in log


def test_the_registry_may_go_away(tmp_path: Path, served_world: World, unused_port: int) -> None:
    store = World(served_world.home, served_world.env | {"MLFLOW_LOGGING_LEVEL": "WARNING"})
    place = ("--host", "127.0.0.1", "--port", str(unused_port), "--workers", "1")
    backend = ("--backend-store-uri", Home(store.home).mlflow_uri)
    artifacts = ("--artifacts-destination", str(Home(store.home).mlflow_artifacts))
    url = f"http://127.0.0.1:{unused_port}"

    mlflow = store.start(tmp_path / "mlflow.log", "mlflow", "server", *backend, *artifacts, *place)
    try:
        wait_for(f"{url}/health", mlflow, tmp_path / "mlflow.log", 300)
        with serving(served_world, Home(served_world.home), MLFLOW_TRACKING_URI=url) as served:
            served.promote("2")
            served.wait_for_version("2")
            os.killpg(mlflow.pid, signal.SIGKILL)
            mlflow.wait(30)
            while httpx.get(f"{served.url}/health", timeout=60).json()["alias_error"] is None:
                assert served.process.poll() is None
                time.sleep(0.1)
            health = httpx.get(f"{served.url}/health").json()
            assert (health["ready"], health["model"]["version"]) == (True, "2")
            assert url in health["alias_error"]["message"]
            assert httpx.post(f"{served.url}/predict", json={"texts": ["안녕"]}).status_code == 200
    finally:
        stop(mlflow)
