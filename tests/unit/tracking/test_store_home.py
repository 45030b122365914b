"""A home that is moved, renamed or copied, with a real store and a registered model in it."""

import hashlib
import logging
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storyflower.data.labels import MAJORS
from storyflower.errors import StorageError, TrackingError
from storyflower.registry.version_files import files_of
from storyflower.registry.versions import ask, load_version, register_version
from storyflower.storage.home import Home
from storyflower.tracking.runs import TrackedRun, end_run, tracked_run
from storyflower.tracking.store import client, experiment_id
from storyflower.tracking.store_home import former_home, rewrite_addresses
from tests.homes import current_home

COLUMNS = ("experiments.artifact_location", "runs.artifact_uri", "logged_models.artifact_location")


def addresses(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / "mlflow.db")) as store:
        rows = [
            row
            for table, column in (name.split(".") for name in COLUMNS)
            for row in store.execute(f"SELECT {column} FROM {table}")  # noqa: S608
        ]
    return {address for (address,) in rows if "/mlruns/" not in address}  # of MLflow's own experiment, never used


def contents(home: Path) -> dict[str, str]:
    files = (path for path in sorted(home.rglob("*")) if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def trained(own_home: Path, model_directory: Path) -> Path:
    """A home with one registered version and a page of its run."""
    with tracked_run(current_home(), "test", {}) as run:
        run.log_json({"라벨": "기쁨"}, "data/quality.json")
        register_version(run, model_directory, MAJORS, {"model_digest": "abc"})
    return own_home


@pytest.mark.parametrize("name", ["other", "새 프로젝트 [2] 100%", "a#b;c&d=e+f:g@h'i\\j,k"])
def test_a_moved_home_works_where_it_is(
    trained: Path, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = ask(current_home(), 1, ["오늘 정말 기뻤어"])
    home = Path(shutil.move(trained, trained.with_name(name)))
    monkeypatch.setenv("STORYFLOWER_HOME", str(home))
    with caplog.at_level(logging.WARNING):
        after = ask(current_home(), 1, ["오늘 정말 기뻤어"])
    assert after.equals(before)
    assert [str(trained) in record.message and str(home) in record.message for record in caplog.records] == [True]
    assert {address.startswith((home / "artifacts").as_uri()) for address in addresses(home)} == {True}
    assert not files_of(current_home(), client(current_home()).get_model_version("storyflower-kobert", "1")).found
    with tracked_run(current_home(), "second", {}) as run:
        run.log_json({}, "data/quality.json")
    assert (home / "artifacts" / run.run_id / "artifacts/data/quality.json").is_file()
    assert former_home(current_home()) is None
    assert not trained.exists()


def test_a_copy_leaves_the_original_alone(
    trained: Path, model_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(trained, trained.with_name("copy")))
    before = contents(trained)
    monkeypatch.setenv("STORYFLOWER_HOME", str(copy))
    ask(current_home(), 1, ["오늘 정말 기뻤어"])
    (left,) = client(current_home()).search_logged_models([experiment_id(current_home())])
    with tracked_run(current_home(), "second", {}) as run:
        register_version(run, model_directory, MAJORS, {"model_digest": "second"})
    client(current_home()).delete_model_version("storyflower-kobert", "1")
    end_run(
        TrackedRun(current_home(), left.source_run_id), "FAILED", "test"
    )  # removes the copy of the model that no version is made of
    assert not Path(left.artifact_location.removeprefix("file://")).exists()
    assert contents(trained) == before


def test_nothing_outside_the_home_is_deleted(trained: Path, tmp_path: Path) -> None:
    """Not even where a row of the store leads outside."""
    outside = Path(shutil.copytree(trained / "artifacts", tmp_path / "outside"))
    (model,) = client(current_home()).search_logged_models([experiment_id(current_home())])
    folder = model.artifact_location.partition("/artifacts/")[2]
    with closing(sqlite3.connect(trained / "mlflow.db")) as store, store:
        store.execute("UPDATE logged_models SET artifact_location = ?", ((outside / folder).as_uri(),))
    client(current_home()).delete_model_version("storyflower-kobert", "1")
    end_run(TrackedRun(current_home(), model.source_run_id), "FAILED", "test")
    assert client(current_home()).search_logged_models([experiment_id(current_home())]) == []
    assert (outside / folder / "MLmodel").is_file()


def test_files_beyond_a_link_of_a_copied_home_are_not_deleted(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The artifacts lie on another disk; `cp -a` copies the link to them, so they are the original's too."""
    disk = Path(shutil.move(trained / "artifacts", tmp_path / "disk"))
    (trained / "artifacts").symlink_to(disk)
    answered = ask(current_home(), 1, ["오늘 정말 기뻤어"])
    copy = Path(shutil.copytree(trained, trained.with_name("copy"), symlinks=True))
    before = contents(disk)
    monkeypatch.setenv("STORYFLOWER_HOME", str(copy))
    (model,) = client(current_home()).search_logged_models([experiment_id(current_home())])
    client(current_home()).delete_model_version("storyflower-kobert", "1")
    end_run(TrackedRun(current_home(), model.source_run_id), "FAILED", "test")
    assert client(current_home()).search_logged_models([experiment_id(current_home())]) == []
    assert contents(disk) == before
    monkeypatch.setenv("STORYFLOWER_HOME", str(trained))
    assert ask(current_home(), 1, ["오늘 정말 기뻤어"]).equals(answered)


def test_a_second_path_of_the_same_home_is_no_move(trained: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(trained)
    assert former_home(current_home()) is None
    seen_through = Home(link)
    assert former_home(seen_through) is None
    assert rewrite_addresses(seen_through) is None


def test_missing_files_are_named(trained: Path) -> None:
    (folder,) = (trained / "artifacts" / "models").iterdir()
    (weights,) = folder.rglob("model.safetensors")
    weights.unlink()
    with pytest.raises(TrackingError, match=r"model\.safetensors") as raised:
        load_version(current_home(), 1)
    assert raised.value.where == str(folder / "artifacts")
    assert "1" in raised.value.problem
    shutil.rmtree(folder)
    with pytest.raises(TrackingError, match="MLmodel"):
        load_version(current_home(), "1")
    with pytest.raises(TrackingError, match="models:/storyflower-kobert/2"):
        load_version(current_home(), 2)


@contextmanager
def another_user() -> Iterator[None]:
    """Run with the permissions of the user `nobody`."""
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_home_that_may_only_be_read(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers where nothing is to be written; where it was moved, it is refused with the remedy."""
    before = ask(current_home(), 1, ["안녕"])  # what is imported on the way is imported
    moved = Path(shutil.copytree(trained, trained.with_name("other")))
    for folder in trained.resolve().parents:
        if not folder.stat().st_mode & stat.S_IXOTH:  # the folders that pytest made for this user alone
            folder.chmod(0o755)
    subprocess.run(["chmod", "-R", "a+rX", str(trained), str(moved)], check=True)
    monkeypatch.setattr("storyflower.tracking.store._ready", set())
    with another_user():
        assert ask(current_home(), 1, ["안녕"]).equals(before)
        monkeypatch.setenv("STORYFLOWER_HOME", str(moved))
        with pytest.raises(StorageError, match="storyflower doctor"):
            ask(current_home(), 1, ["안녕"])
    assert ask(current_home(), 1, ["안녕"]).equals(before)


def test_two_processes_find_a_moved_home_at_once(trained: Path) -> None:
    home = Path(shutil.move(trained, trained.with_name("other")))
    script = (
        "from tests.homes import current_home; from storyflower.tracking.store import client; "
        "client(current_home()).get_model_version('storyflower-kobert', '1')"
    )
    env = {**os.environ, "STORYFLOWER_HOME": str(home)}
    both = [subprocess.Popen([sys.executable, "-c", script], env=env, stderr=subprocess.PIPE, text=True) for _ in "12"]
    logs = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], logs
    assert sum(str(trained) in text for text in logs) == 1
    assert {address.startswith((home / "artifacts").as_uri()) for address in addresses(home)} == {True}


def test_a_run_kept_from_before_is_found_by_its_id(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (run,) = client(current_home()).search_runs([experiment_id(current_home())])
    home = Path(shutil.move(trained, trained.with_name("other")))
    monkeypatch.setenv("STORYFLOWER_HOME", str(home))
    read = client(current_home()).get_run(TrackedRun(current_home(), run.info.run_id).run_id)
    assert read.info.artifact_uri == (home / "artifacts" / run.info.run_id / "artifacts").as_uri()
