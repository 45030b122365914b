"""Real servers on free ports of the loopback, and the environment in which the commands meet them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from filelock import FileLock

from storyflower.ports import free_ports
from storyflower.server_access import secret_of
from tests.programs import ROOT, launch, read, stop, wait_for_line
from tests.waiting import GIVE_UP_S, until

BIN = Path(sys.executable).parent


def free_port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def unused_port() -> int:
    return free_port()


@dataclass(frozen=True)
class World:
    """A home, an environment, and a way to run commands in it."""

    home: Path
    env: dict[str, str]

    @property
    def auth(self) -> tuple[str, str] | None:
        """The credentials for the world's Prefect server, as httpx takes them."""
        user, _, password = self.env.get("PREFECT_API_AUTH_STRING", "").partition(":")
        return (user, password) if user else None

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=GIVE_UP_S,
            check=False,
        )
        if check:
            assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, log: Path, *command: str) -> subprocess.Popen[bytes]:
        return launch([str(BIN / command[0]), *command[1:]], log, self.env)


def make_world(folder: Path, tables: Path | None = None) -> World:
    """A world with an empty HOME, in which nothing of the user's settings is seen; `tables` is Prefect's database."""
    home = folder / "storyflower"
    if tables is not None:
        put_tables(tables, folder / "prefect")
    ours = {
        "HOME": str(folder),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "STORYFLOWER_HOME": str(home),
        "PREFECT_HOME": str(folder / "prefect"),
        "DO_NOT_TRACK": "true",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # as `make mlflow` starts it
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": os.environ["OMP_NUM_THREADS"],
    }
    kept = {k: v for k, v in os.environ.items() if k in ("TMPDIR", "SSL_CERT_FILE", "CUDA_VISIBLE_DEVICES")}
    return World(home, kept | ours)


def put_tables(tables: Path, folder: Path) -> None:
    """Give a folder of Prefect's a copy of its empty database."""
    folder.mkdir()
    shutil.copy(tables, folder)


@pytest.fixture(scope="session")
def prefect_tables(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Prefect's empty database, made once for all processes of the tests: its migrations take longer than a server.

    The session's own world has none of it, so that commands also meet a Prefect that was never used.
    """
    own = tmp_path_factory.getbasetemp()
    folder = own / "prefect" if worker_id == "master" else own.parent / "prefect"
    folder.mkdir(exist_ok=True)
    made = folder / "prefect.db"
    with FileLock(folder / "lock"):
        if not made.exists():
            draft = make_world(folder)
            draft.run("prefect", "--no-prompt", "server", "database", "upgrade", "--yes")
            (folder / "prefect" / made.name).replace(made)
    return made


def without_secret(world: World) -> World:
    """The same world, in which PREFECT_API_AUTH_STRING is not set."""
    return World(world.home, {name: value for name, value in world.env.items() if name != "PREFECT_API_AUTH_STRING"})


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def prefect_server_world(tmp_path_factory: pytest.TempPathFactory, prefect_tables: Path) -> Iterator[World]:
    """A Prefect server as `make server` starts it, and a world that reports to it with the variables of the README."""
    folder = tmp_path_factory.mktemp("prefect")
    plain = make_world(folder, prefect_tables)
    port = free_port()
    log = folder / "server.log"
    server = plain.start(log, "python", "-m", "flows.server", "--port", str(port))
    try:
        wait_for(f"http://127.0.0.1:{port}/api/health", server, log)
        access = {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "PREFECT_API_AUTH_STRING": secret_of(plain.home)}
        yield World(plain.home, plain.env | access)
    finally:
        stop(server)


@dataclass
class PrefectServer:
    """A Prefect server that can be killed and started again on the same port and database."""

    world: World
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = self.world.home.parent / "server.log"
        place = ("--host", "127.0.0.1", "--port", str(self.port))
        self.process = self.world.start(log, "prefect", "--no-prompt", "server", "start", *place)
        wait_for(f"http://127.0.0.1:{self.port}/api/health", self.process, log)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(GIVE_UP_S)
            self.process = None


@pytest.fixture
def stoppable_prefect(tmp_path: Path, prefect_tables: Path) -> Iterator[PrefectServer]:
    """A server of the test's own, started, and a world that reports to it."""
    plain, port = make_world(tmp_path, prefect_tables), free_port()
    world = World(plain.home, plain.env | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"})
    server = PrefectServer(world, port)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def prefect_world(prefect_server_world: World) -> Iterator[World]:
    """That server, with the deployment of prefect.yaml on it, and a worker."""
    world = prefect_server_world
    world.run("python", "-m", "flows.deployments", "storyflower", "--limit", "1")
    log = world.home.parent / "worker.log"
    worker = without_secret(world).start(
        log, "python", "-m", "flows.access", "prefect", "worker", "start", "--pool", "storyflower"
    )  # as `make worker` does
    try:
        wait_for_line("started!", worker, log)
        yield world
    finally:
        stop(worker)
        sys.stdout.write(log.read_text("utf-8", errors="replace")[-8000:])  # shown when a test failed


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers."""

    def answers() -> bool:
        assert process.poll() is None, f"the server ended:\n{read(log)}"
        try:
            return httpx.get(url, timeout=30).is_success
        except httpx.HTTPError:
            return False

    until(answers, lambda: f"no answer of {url}:\n{read(log)}")
