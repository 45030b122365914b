"""Two homes, as of two machines, that share nothing but a PostgreSQL database and an object store.

What one of them leaves when it is killed around the move of the alias, the other one puts right; and the database may
be restarted, or stay away, in the middle of a run.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from mlflow import MlflowClient

from storyflower.cluster.bucket import BUCKET
from storyflower.cluster.object_store import S3Server
from storyflower.cluster.postgres import PostgresServer
from storyflower.tracking.store_home import EXPERIMENT
from tests.e2e.conftest import World
from tests.e2e.killed_runs import Point, Runner, forked_runs
from tests.waiting import until

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytest.importorskip("boto3", reason="boto3 is not installed")
pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed runs are forked"),
]

AROUND_THE_MOVE = [
    Point("between version and judgement", "open", r"/promotion\.lock$"),
    Point("between judgement and alias", "logged", "^champion: version 1 answers sentences once more"),
    Point("between alias and history", "logged", "^champion: the alias has moved to version 1"),
]


@dataclass(frozen=True)
class Shared:
    """What the two homes share."""

    environment: dict[str, str]
    address: str
    runner: Runner

    @property
    def registry(self) -> MlflowClient:
        """The registry; not opened before a run has made its tables."""
        return MlflowClient(self.address, self.address)

    def run(self, home: Path, model: str, point: Point | None = None) -> dict[str, Any]:
        return self.runner.run(home, point, **self.environment, STORYFLOWER_MODEL=model)

    def moves(self, model: str) -> list[tuple[str, str]]:
        tags = self.registry.get_registered_model(model).tags
        kept = [json.loads(tags[name]) for name in sorted(tags) if name.startswith("history.")]
        return [(move["kind"], move["to"]) for move in kept]

    def statuses(self) -> Counter[str]:
        experiment = self.registry.get_experiment_by_name(EXPERIMENT)
        assert experiment is not None
        return Counter(run.info.status for run in self.registry.search_runs([experiment.experiment_id]))


@pytest.fixture(scope="module")
def sharing(
    prefect_server_world: World,
    postgres: PostgresServer,
    object_store: S3Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shared]:
    postgres.create_database("two-homes")
    environment = {
        "STORYFLOWER_TRACKING_URI": postgres.address("two-homes"),
        "STORYFLOWER_STORE": f"s3://{BUCKET}/{uuid4().hex}",
        **object_store.environment,
    }
    address = postgres.address("two-homes", "psycopg")
    with forked_runs(prefect_server_world, tmp_path_factory.mktemp("shared")) as runner:
        yield Shared(environment, address, runner)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("homes")
    return folder / "one", folder / "two"


def test_the_other_home_puts_right_what_a_killed_judge_has_left(sharing: Shared, homes: tuple[Path, Path]) -> None:
    """Each run is killed at the next point, and the run after it, in the other home, goes on from there."""
    one, two = homes
    for home, point in zip((one, two, one), AROUND_THE_MOVE, strict=True):
        assert sharing.run(home, "model", point) == {"signal": 9, "result": None}, (
            f"{point}\n{sharing.runner.log_tail()}"
        )
        assert len(sharing.registry.search_model_versions("name = 'model'")) == 1, point
    last = sharing.run(two, "model")["result"]
    assert last, sharing.runner.log_tail()

    (version,) = sharing.registry.search_model_versions("name = 'model'")
    assert sharing.registry.get_model_version_by_alias("model", "champion").version == version.version
    assert sharing.moves("model") == [
        ("found", "1")
    ]  # its record was killed away, and the next judgement made up for it
    assert sharing.statuses() == {"KILLED": 3, "FINISHED": 1}
    assert {name for name, stage in last["stages"].items() if stage["state"] == "ran"} <= {"quality", "register"}
    assert {path.name for path in (two / "checkpoints").glob("*")} == set()  # nothing was trained there
    experiment = sharing.registry.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    (logged,) = sharing.registry.search_logged_models([experiment.experiment_id])
    assert logged.artifact_location.startswith(f"{sharing.environment['STORYFLOWER_STORE']}/artifacts/")


def test_a_restart_of_the_database_in_the_middle_of_a_judgement_costs_another_judgement(
    sharing: Shared, homes: tuple[Path, Path], postgres: PostgresServer
) -> None:
    """MLflow's next call connects anew; the lock is lost, so the alias stays, and the stage is tried once more."""
    point = Point("between judgement and alias", "paused", "^champion: version 1 answers sentences once more")
    paused = sharing.runner.start(homes[0], point, **sharing.environment, STORYFLOWER_MODEL="restarted")
    until(paused.exists, "the run has not reached the point")
    postgres.kill()
    postgres.start()
    paused.unlink()
    assert sharing.runner.answer()["result"], sharing.runner.log_tail()
    assert sharing.moves("restarted") == [("promotion", "1")]
    assert "the lock of the registry was lost before the change that it guards" in sharing.runner.log()


def test_a_database_that_stays_away_is_one_clear_error_and_the_next_run_builds_nothing_again(
    sharing: Shared, homes: tuple[Path, Path], postgres: PostgresServer
) -> None:
    point = Point("before the registration", "paused", r"^evaluate: (ran|cached), ")
    paused = sharing.runner.start(homes[0], point, **sharing.environment, STORYFLOWER_MODEL="away")
    until(paused.exists, "the run has not reached the point")
    postgres.kill()
    paused.unlink()
    assert sharing.runner.answer() == {"signal": 0, "result": None}
    postgres.start()
    assert "the MLflow database cannot be reached or used: connection failed" in sharing.runner.log()
    again = sharing.run(homes[0], "away")["result"]
    assert again, sharing.runner.log_tail()
    assert {name for name, stage in again["stages"].items() if stage["state"] == "ran"} <= {"quality", "register"}
    assert sharing.moves("away") == [("promotion", "1")]
    assert "RUNNING" not in sharing.statuses()


def test_commands_of_the_other_home_use_the_model_and_no_password_is_written_anywhere(
    sharing: Shared, homes: tuple[Path, Path], postgres: PostgresServer, prefect_server_world: World
) -> None:
    ours = {"STORYFLOWER_HOME": str(homes[1]), "STORYFLOWER_MODEL": "away", "STORYFLOWER_LANG": "en"}
    world = World(homes[1], prefect_server_world.env | sharing.environment | ours)
    listed = world.run("storyflower", "registry", "list", "--json")
    (version,) = json.loads(listed.stdout)["versions"]
    assert version["version"] == "1"
    answered = world.run("storyflower", "predict", "--json", "오늘 정말 기뻤어")
    assert json.loads(answered.stdout)
    printed = [done.stdout + done.stderr for done in (listed, answered)]
    assert [text for text in (*printed, sharing.runner.log()) if postgres.password in text] == []
    folders = (*homes, prefect_server_world.home.parent)
    written = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert [path for path in written if postgres.password.encode() in path.read_bytes()] == []
    tables = ("tags", "params", "experiment_tags", "model_version_tags", "registered_model_tags", "logged_model_tags")
    with psycopg.connect(postgres.address("two-homes")) as connection:
        for table in tables:
            stored = psycopg.sql.SQL("SELECT count(*) FROM {} AS row WHERE row::text LIKE %s").format(
                psycopg.sql.Identifier(table)
            )
            assert connection.execute(stored, (f"%{postgres.password}%",)).fetchone() == (0,), table
