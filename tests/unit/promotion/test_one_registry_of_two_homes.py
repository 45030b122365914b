"""A registry in PostgreSQL that two homes share: the alias is moved by one after the other, and only under the lock."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow.entities.model_registry import ModelVersion

from storyflower.cli.doctor_stores import tracking
from storyflower.data.labels import MAJORS
from storyflower.errors import TrackingError
from storyflower.promotion.alias import champion_number, promote_by_hand
from storyflower.promotion.history import moves
from storyflower.registry.versions import ask, register_version
from storyflower.storage.home import Home
from storyflower.tracking.runs import tracked_run

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = [pytest.mark.usefixtures("in_english"), pytest.mark.server]

PROMOTE = """
import sys
from storyflower.promotion.alias import promote_by_hand
from tests.homes import current_home
print("ready", flush=True)
input()
promote_by_hand(current_home(), sys.argv[1], "by " + sys.argv[1])
"""


@pytest.fixture(scope="module")
def homes(mlflow_database: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Home]:
    folder = tmp_path_factory.mktemp("homes")
    return Home(folder / "one", mlflow_database), Home(folder / "two", mlflow_database)


def versions_of(home: Home, models: tuple[Path, Path]) -> list[ModelVersion]:
    with tracked_run(home, "test", {}) as run:
        return [register_version(run, model, MAJORS, {"model_digest": str(i)}) for i, model in enumerate(models)]


class EndsSessions(logging.Handler):
    """Has the server end every session with a lock when the version is asked once more, just before the move."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("champion: version"):
            with psycopg.connect(self._address, autocommit=True) as administrator:
                administrator.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                )


@pytest.fixture
def sessions_end_before_the_move(mlflow_database: str) -> Iterator[None]:
    logger, handler = logging.getLogger("storyflower.promotion.alias"), EndsSessions(mlflow_database)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_without_its_lock_a_process_does_not_move_the_alias(
    homes: tuple[Home, Home], two_models: tuple[Path, Path], sessions_end_before_the_move: None
) -> None:
    one, two = (home.with_model("unlocked") for home in homes)
    versions_of(one, two_models)
    for home in (one, two):
        with pytest.raises(TrackingError, match=r"the lock of the registry was lost .*terminating connection") as lost:
            promote_by_hand(home, "1", "the only one")
        assert lost.value.retryable
        assert champion_number(one) is None
        assert moves(one) == []


def test_two_homes_that_promote_at_the_same_moment_do_it_one_after_the_other(
    homes: tuple[Home, Home], two_models: tuple[Path, Path]
) -> None:
    one, two = (home.with_model("both") for home in homes)
    versions_of(one, two_models)
    processes = []
    for number, home in enumerate((one, two), start=1):
        variables = {
            "STORYFLOWER_HOME": str(home.folder),
            "STORYFLOWER_TRACKING_URI": str(home.tracking_uri),
            "STORYFLOWER_MODEL": home.model,
        }
        command = [sys.executable, "-c", PROMOTE, str(number)]
        processes.append(
            subprocess.Popen(
                command, env=os.environ | variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    first, second = moves(one)
    assert (first.former, first.to, second.former) == (None, second.former, first.to)
    assert {first.to, second.to} == {"1", "2"}
    assert champion_number(two) == second.to
    assert len(ask(two, "@champion", ["오늘 정말 기뻤어"])) == 1


def test_doctor_shows_the_database_and_its_problems_without_a_password(
    homes: tuple[Home, Home], mlflow_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_HOME", str(homes[0].folder))
    monkeypatch.setenv("STORYFLOWER_TRACKING_URI", mlflow_database)
    store, _champion = tracking()
    assert (store.state, store.value) == ("ok", homes[0].mlflow_place)
    password = mlflow_database.partition("@")[0].rpartition(":")[2]
    monkeypatch.setenv("STORYFLOWER_TRACKING_URI", mlflow_database.replace(password, "guessed"))
    (store,) = tracking()
    assert store.state == "problem"
    assert "password authentication failed" in store.value
    assert "guessed" not in store.value + store.remedy
    assert password not in homes[0].mlflow_place


def test_a_home_that_has_not_the_folder_of_the_artifacts_opens_no_run(homes: tuple[Home, Home]) -> None:
    """As another machine, on which the folder of the first home does not exist."""
    one, two = homes
    with tracked_run(two, "with the folder", {}):
        pass
    aside = one.mlflow_artifacts.rename(one.folder / "aside")
    try:
        with (
            pytest.raises(TrackingError, match="a folder of another machine") as refused,
            tracked_run(two, "without", {}),
        ):
            pass
    finally:
        aside.rename(one.mlflow_artifacts)
    assert refused.value.where == one.mlflow_artifacts.as_uri()
    assert "mlflow server --serve-artifacts" in refused.value.remedy
