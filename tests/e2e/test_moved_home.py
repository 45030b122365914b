"""A home that is renamed, and a copy of it, met by the real commands and by MLflow's own server."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from storyflower.sample.corpus import write_sample_workbooks
from tests.e2e.conftest import wait_for
from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.server, pytest.mark.slow]

SMALL = ("--set", "scratch_hidden_size=32", "--set", "scratch_vocab_size=600", "--set", "scratch_layers=1")


def at(world: Any, home: Path, **more: str) -> Any:
    return replace(world, home=home, env=world.env | {"STORYFLOWER_HOME": str(home)} | more)


def train(world: Any, books: tuple[Path, Path], epochs: int) -> dict[str, Any]:
    where = ("--train", str(books[0]), "--validation", str(books[1]))
    done = world.run("storyflower", "train", "--recipe", "tiny", *where, *SMALL, "--set", f"epochs={epochs}", "--json")
    return dict(json.loads(done.stdout))


def contents(home: Path) -> dict[str, str]:
    """Digests of the files of the store; Prefect's database, which is its own, aside."""
    files = (path for path in sorted(home.rglob("*")) if path.is_file() and path.suffix != ".lock")
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files if "prefect" not in file.parts}


def refused_versions_pruned(world: Any) -> list[str]:
    done = world.run("storyflower", "prune", "--json")
    return [item["name"] for item in json.loads(done.stdout)["pruned"] if item["kind"] == "rejected version"]


def artifact_through_mlflow(world: Any, port: int, run_id: str, path: str) -> bytes:
    """The run as MLflow's pages show it, from the server that `make mlflow` starts."""
    url, log = f"http://127.0.0.1:{port}", world.home / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["make", "mlflow", f"MLFLOW_PORT={port}"],
            env=world.env,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_for(f"{url}/health", server, log)
        found = httpx.get(f"{url}/get-artifact", params={"run_id": run_id, "path": path}, timeout=GIVE_UP_S)
        return found.raise_for_status().content
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(GIVE_UP_S)


def test_a_home_is_renamed_and_copied(prefect_server_world: Any, tmp_path: Path, unused_port: int) -> None:
    world = prefect_server_world
    books = write_sample_workbooks(tmp_path, training_rows=400, validation_rows=120)
    first = at(world, tmp_path / "first")
    made = train(first, books, 2)

    moved = at(world, Path(shutil.move(first.home, tmp_path / "이름을 바꾼 홈")))
    page = artifact_through_mlflow(moved, unused_port, made["run_id"], "evaluation/results.html")
    assert "<html" in page.decode()
    answers = json.loads(moved.run("storyflower", "predict", "--json", "정말 고마워").stdout)
    assert len(answers["predictions"]) == 1
    assert json.loads(moved.run("storyflower", "registry", "show", "@champion", "--json").stdout)["version"] == "1"
    assert train(moved, books, 3)["model_version"] == "2"
    assert not first.home.exists()

    copy = at(world, Path(shutil.copytree(moved.home, tmp_path / "copy")), STORYFLOWER_KEEP_REJECTED="0")
    before = contents(moved.home)
    assert train(copy, books, 4)["model_version"] == "3"
    gone = refused_versions_pruned(copy)
    left = json.loads(copy.run("storyflower", "registry", "list", "--json").stdout)["versions"]
    assert len(gone) + len(left) == 3
    assert len(list((copy.home / "artifacts" / "models").glob("*/artifacts"))) == len(left)
    assert contents(moved.home) == before
    assert json.loads(moved.run("storyflower", "predict", "--json", "정말 고마워").stdout) == answers
