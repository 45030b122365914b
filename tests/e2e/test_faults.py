"""What a person sees, and what is kept, when the surroundings fail: real servers, real limits, real kills."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from mlflow import MlflowClient

from storyflower.sample.corpus import write_sample_workbooks
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.store_home import EXPERIMENT
from tests.e2e.conftest import put_tables, wait_for
from tests.waiting import GIVE_UP_S, until

pytestmark = [pytest.mark.server, pytest.mark.slow]

SMALL = ("--set", "scratch_hidden_size=32", "--set", "scratch_vocab_size=600", "--set", "scratch_layers=1")
LONG = ("--set", "epochs=16")


@dataclass
class Shop:
    """A home, workbooks and an environment of a test's own."""

    home: Path
    books: tuple[Path, Path]
    env: dict[str, str] = field(default_factory=dict)

    def command(self, *more: str) -> list[str]:
        train = ["storyflower", "train", "--recipe", "tiny", "--train", str(self.books[0])]
        return [*train, "--validation", str(self.books[1]), "--json", *more]

    def train(self, *more: str, prefix: tuple[str, ...] = (), **options: Any) -> subprocess.CompletedProcess[str]:
        command = [*prefix, *self.command(*more)]
        return subprocess.run(
            command, env=self.env, capture_output=True, text=True, timeout=GIVE_UP_S, check=False, **options
        )


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_sample_workbooks(tmp_path_factory.mktemp("books"), training_rows=300, validation_rows=100)


@pytest.fixture
def shop(prefect_server_world: Any, books: tuple[Path, Path], tmp_path: Path) -> Shop:
    home = tmp_path / "home"
    return Shop(home, books, prefect_server_world.env | {"STORYFLOWER_HOME": str(home), "STORYFLOWER_LANG": "en"})


def assert_plain_error(done: subprocess.CompletedProcess[str], kind: str) -> dict[str, str]:
    """Return the error of `--json`, after a check that stderr has one error line and no traceback."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.count("✗") == 1, done.stderr
    error = dict(json.loads(done.stdout)["error"])
    assert error["type"] == kind, error
    assert error["remedy"]
    return error


def wait_for_a_checkpoint(home: Path, process: subprocess.Popen[Any]) -> None:
    def has_one() -> bool:
        assert process.poll() is None, "it ended before"
        return bool(list((home / "checkpoints").glob("*/epoch-*.pt")))

    until(has_one, "no checkpoint", pause=0.05)


class MlflowServer:
    """A real MLflow server that can be stopped and started again on the same port and store."""

    def __init__(self, world: Any, folder: Path, port: int) -> None:
        self._world, self._folder, self._port = world, folder, port
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._folder.mkdir(exist_ok=True)
        store = ("--backend-store-uri", f"sqlite:///{self._folder / 'mlflow.db'}")
        artifacts = ("--artifacts-destination", str(self._folder / "artifacts"))
        place = ("--host", "127.0.0.1", "--port", str(self._port), "--workers", "1")
        log = self._folder / "server.log"
        self._process = self._world.start(log, "mlflow", "server", *store, *artifacts, *place)
        wait_for(f"{self.url}/health", self._process, log)

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(GIVE_UP_S)
            self._process = None


@pytest.fixture
def mlflow_server(prefect_server_world: Any, tmp_path: Path, unused_port: int) -> Iterator[MlflowServer]:
    server = MlflowServer(prefect_server_world, tmp_path / "mlflow", unused_port)
    server.start()
    yield server
    server.stop()


def test_mlflow_unreachable_at_start_is_reported_at_once(shop: Shop, unused_port: int) -> None:
    """Asked once: MLflow's own retries, as they are set here, would take longer than a test is waited for."""
    patient = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "9", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "100"}
    shop.env |= patient | {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{unused_port}"}
    error = assert_plain_error(shop.train(*SMALL), "TrackingError")
    assert "does not answer" in error["problem"]
    assert error["where"] == shop.env["MLFLOW_TRACKING_URI"]
    assert not (shop.home / "stages").exists()


def test_mlflow_lost_while_training_costs_no_training(shop: Shop, mlflow_server: MlflowServer) -> None:
    shop.env |= {"MLFLOW_TRACKING_URI": mlflow_server.url, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}  # reported sooner
    log = shop.home.with_suffix(".log")
    with log.open("w") as output:
        training = subprocess.Popen(shop.command(*SMALL, *LONG), env=shop.env, stdout=output, stderr=output)
    wait_for_a_checkpoint(shop.home, training)
    mlflow_server.stop()
    assert training.wait(200) == 1
    logged = log.read_text("utf-8")
    assert "the training goes on, and its figures wait" in logged
    assert '"type": "TrackingError"' in logged
    assert "trains nothing twice" in logged
    assert "Traceback" not in logged

    mlflow_server.start()
    again = shop.train(*SMALL, *LONG)
    assert again.returncode == 0, again.stderr
    result = json.loads(again.stdout)
    assert result["stages"]["finetune"]["state"] == "cached"
    assert result["model_version"] == "1"
    client = MlflowClient(mlflow_server.url, mlflow_server.url)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    lost, whole = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
    assert (lost.info.status, whole.info.status) == ("FAILED", "FINISHED")
    assert "stopped answering" in lost.data.tags["reason"]
    assert len(client.get_metric_history(whole.info.run_id, "epoch/dev_macro_f1")) == 16
    assert len(client.search_model_versions(f"name = '{DEFAULT_MODEL}'")) == 1


def test_a_full_disk_is_one_clear_error_and_costs_no_finished_stage(shop: Shop) -> None:
    """No file may grow beyond 6 MB, and the encoder has 8: what stands before it is kept, and no draft of it."""

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6 * 2**20, resource.RLIM_INFINITY))

    large = ("--set", "scratch_hidden_size=256", "--set", "scratch_vocab_size=600", "--set", "epochs=1")
    error = assert_plain_error(shop.train(*large, preexec_fn=no_room), "StorageError")
    assert "the disk is full" in error["problem"]
    assert {entry.parts[-3] for entry in shop.home.glob("stages/*/*/manifest.json")} == {"ingest", "normalize"}
    assert not list(shop.home.rglob("*.tmp"))


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may write anywhere")
def test_a_read_only_home_is_one_clear_error(shop: Shop) -> None:
    shop.home.mkdir()
    shop.home.chmod(0o555)
    as_anyone = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    error = assert_plain_error(shop.train(*SMALL, prefix=as_anyone), "StorageError")
    assert str(shop.home) in error["where"]
    assert "STORYFLOWER_HOME" in error["remedy"]


@pytest.fixture
def alone(shop: Shop, prefect_tables: Path, tmp_path: Path) -> dict[str, str]:
    """The environment in which the command starts a temporary server."""
    put_tables(prefect_tables, tmp_path / "prefect")
    env = {name: value for name, value in shop.env.items() if name != "PREFECT_API_URL"}
    return env | {"PREFECT_HOME": str(tmp_path / "prefect")}


@pytest.mark.parametrize("devices", [1, 2])
def test_ctrl_c_ends_a_training_with_one_line(shop: Shop, alone: dict[str, str], devices: int) -> None:
    """A terminal sends it to all processes of the command, to the temporary server and the ranks as well."""
    command = shop.command(*SMALL, *LONG, "--set", f"devices={devices}")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    training = subprocess.Popen(command, env=alone, text=True, start_new_session=True, **pipes)
    wait_for_a_checkpoint(shop.home, training)
    os.killpg(training.pid, signal.SIGINT)
    out, err = training.communicate(timeout=GIVE_UP_S)
    assert (training.returncode, out) == (130, ""), err
    others = [line for line in err.splitlines() if line and not re.match(r"\d\d:\d\d:\d\d ", line)]
    assert others == ["interrupted; the same command goes on from there"]

    def all_have_ended() -> bool:
        try:
            os.killpg(training.pid, 0)
        except ProcessLookupError:
            return True
        return False

    until(all_have_ended, "a process of the command goes on")
    uri = f"sqlite:///{shop.home / 'mlflow.db'}"
    experiment = MlflowClient(uri, uri).get_experiment_by_name(EXPERIMENT)
    (run,) = MlflowClient(uri, uri).search_runs([experiment.experiment_id])
    assert run.info.status == "KILLED"


def test_what_a_killed_command_left_is_swept_and_its_training_goes_on(shop: Shop, alone: dict[str, str]) -> None:
    """Without a server of its own the command starts a temporary one: a SIGKILL leaves that, and an open run."""
    victim = subprocess.Popen(
        shop.command(*SMALL, *LONG), env=alone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for_a_checkpoint(shop.home, victim)
    started = psutil.Process(victim.pid).children(recursive=True)
    (server,) = (process.pid for process in started if "prefect.server.api.server:create_app" in process.cmdline())
    victim.kill()
    victim.wait(GIVE_UP_S)

    sweep = ["storyflower", "reconcile", "--json"]
    swept = json.loads(subprocess.run(sweep, env=shop.env, capture_output=True, text=True, check=True).stdout)
    (left,) = swept["ended"]
    assert str(victim.pid) in left["reason"]
    assert swept["servers_ended"] in ([server], [])  # it is the user's: a test beside this one may sweep it first
    until(lambda: not Path(f"/proc/{server}").exists(), "the abandoned server does not end")
    uri = f"sqlite:///{shop.home / 'mlflow.db'}"
    assert MlflowClient(uri, uri).get_run(left["run_id"]).info.status == "KILLED"
    again = json.loads(subprocess.run(sweep, env=shop.env, capture_output=True, text=True, check=True).stdout)
    assert again == {"ended": [], "going_on": [], "servers_ended": []}

    resumed = shop.train(*SMALL, *LONG)
    assert resumed.returncode == 0, resumed.stderr
    assert "going on after epoch" in resumed.stderr
