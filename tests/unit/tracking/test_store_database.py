"""The making of the local store's database, killed on the way, by ours and by MLflow itself."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient

from storyflower.errors import StorageError
from storyflower.tracking.store import client, experiment_id
from storyflower.tracking.store_home import EXPERIMENT
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")

RUNNER = Path(__file__).with_name("killed_at_first_use.py")
SIGKILL, WELL = -9, 0


def opened(*points: tuple[Path, str, int]) -> tuple[list[list[int]], str]:
    """How each process ended and how many moments it passed, and what they all wrote on standard error."""
    done = subprocess.run(
        [sys.executable, str(RUNNER)],
        input=json.dumps([(str(home), how, n) for home, how, n in points]),
        capture_output=True,
        text=True,
        env=os.environ | {"MLFLOW_LOGGING_LEVEL": "WARNING"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def left_in(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed processes are forked")
def test_killed_at_many_moments_of_its_first_use_the_store_is_made_by_the_next_command(tmp_path: Path) -> None:
    """Before the first file, while tables are made, around the rename; then once more, undisturbed."""
    calm, home = tmp_path / "calm", tmp_path / "home"
    ((ended, moments),), _ = opened((calm, "ours", 0))
    assert ended == WELL
    around_the_rename = range(moments - 42, moments - 30, 4)
    points = [(home, "ours", n) for n in (4, 700, *around_the_rename)]
    killed, written = opened(*points, (home, "ours", 0))
    assert [ended for ended, _ in killed] == [SIGKILL] * len(points) + [WELL], written
    assert left_in(home) == left_in(calm) == ["mlflow.db", "mlflow.lock"]
    assert "made anew" not in written


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed processes are forked")
def test_a_database_that_mlflow_left_half_made_is_made_anew(tmp_path: Path) -> None:
    """As earlier releases left it, which let MLflow make the tables in place."""
    homes = [(tmp_path / str(n), n) for n in (3, 400, 1300)]
    points = [point for home, n in homes for point in ((home, "mlflow", n), (home, "ours", 0))]
    ended, written = opened(*points)
    assert [how for how, _ in ended] == [SIGKILL, WELL] * len(homes), written
    assert written.count("made anew") == 2  # of the first, no table had been made
    for home, _ in homes:
        assert left_in(home) == ["mlflow.db", "mlflow.lock"]


def half_made(database: Path) -> None:
    with closing(sqlite3.connect(database)) as store, store:
        store.execute("DROP TABLE alembic_version")
        store.execute("DROP TABLE logged_models")


def test_records_in_an_incomplete_database_are_never_lost(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_home.mkdir()
    uri = current_home().mlflow_uri
    experiment = MlflowClient(uri, uri).create_experiment(EXPERIMENT)
    MlflowClient(uri, uri).create_run(experiment)
    other = Path(shutil.move(own_home, own_home.with_name("other")))  # MLflow keeps connections to the first
    monkeypatch.setenv("STORYFLOWER_HOME", str(other))
    half_made(other / "mlflow.db")
    with pytest.raises(StorageError, match="holds records") as raised:
        client(current_home())
    assert "mlflow db upgrade sqlite:///" in raised.value.remedy
    with closing(sqlite3.connect(other / "mlflow.db")) as store:
        assert store.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def test_a_file_that_is_no_database_is_one_clear_error(own_home: Path) -> None:
    own_home.mkdir()
    (own_home / "mlflow.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageError, match="no MLflow database"):
        client(current_home())
    assert (own_home / "mlflow.db").read_bytes().startswith(b"no database")


def test_an_empty_file_and_the_journal_of_another_database_are_no_obstacle(own_home: Path) -> None:
    """A journal that was left by a killed process would be played back by SQLite into the new database."""
    own_home.mkdir()
    database = own_home / "mlflow.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as store:
        store.execute("PRAGMA cache_size = 1")
        store.execute("CREATE TABLE experiments (name TEXT)")
        store.execute("BEGIN")
        store.executemany("INSERT INTO experiments VALUES (?)", [("x" * 500,)] * 200)
        shutil.copy(f"{database}-journal", own_home / "kept")
    shutil.move(own_home / "kept", f"{database}-journal")
    assert experiment_id(current_home())
    assert next(row.name for row in client(current_home()).search_experiments()) == EXPERIMENT
    assert left_in(own_home) == ["mlflow.db", "mlflow.lock"]
