"""SIGKILL at every stage boundary and in the middle of each stage; the table stands in docs/guides/reliability.md.

One home lives through all of it: each run is killed at the next point of the list, and the run after it takes over what
was left. At the end there is what an undisturbed run gives: the same model, one version, no stray files.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient

from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.store_home import EXPERIMENT
from tests.e2e.killed_runs import Point, Runner, forked_runs
from tests.waiting import GIVE_UP_S

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed runs are forked"),
]


def within(stage: str) -> Point:
    """The stage's files are written, the manifest that makes them an entry is not."""
    return Point(f"in {stage}", "open", rf"/stages/{stage}/\w+\.\w+\.tmp/manifest\.json$")


def after(stage: str) -> Point:
    return Point(f"after {stage}", "logged", rf"^{stage}: (ran|cached), ")


def around(stage: str) -> list[Point]:
    return [within(stage), after(stage)]


FIRST_USE = [
    Point("while MLflow makes its tables", "sql", "CREATE TABLE registered_models"),
    Point("before MLflow's database is renamed into place", "os.rename", r"/mlflow\.db\.\w+\.tmp$"),
]
"""Before there is a store in which a run could be opened."""

POINTS = [
    *around("ingest"),
    *around("normalize"),
    *around("encoder"),
    *around("tokenize"),
    *around("quality"),
    Point("in finetune, at the checkpoint of epoch 2", "open", r"/checkpoints/\w+/epoch-0002\.tmp$"),
    *around("finetune"),
    Point("in evaluate, the baseline ready to be kept", "os.rename", r"/stages/baseline/\w+\.\w+\.tmp$"),
    *around("evaluate"),
    Point("in register, while the model is copied", "open", r"/artifacts/.*/model\.safetensors$"),
    Point("in register, between version and judgement", "open", r"/promotion\.lock$"),
    Point("in register, between judgement and alias", "logged", "^champion: version 1 answers sentences once more"),
    Point("in register, between alias and history", "logged", "^champion: the alias has moved to version 1"),
    after("register"),
]


@pytest.fixture(scope="module")
def runner(prefect_server_world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with forked_runs(prefect_server_world, tmp_path_factory.mktemp("killed")) as runner:
        yield runner


def registry(home: Path) -> MlflowClient:
    uri = f"sqlite:///{home / 'mlflow.db'}"
    return MlflowClient(uri, uri)


def files(home: Path) -> list[str]:
    """All that a run leaves but the runs' own pages, with the content's keys left out."""
    found = (str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
    return sorted(re.sub(r"[0-9a-f]{32}", "KEY", path) for path in found if not path.startswith("artifacts/"))


def moves(home: Path) -> list[tuple[str, str]]:
    tags = registry(home).get_registered_model(DEFAULT_MODEL).tags
    kept = [json.loads(tags[name]) for name in sorted(tags) if name.startswith("history.")]
    return [(move["kind"], move["to"]) for move in kept]


def logged_models(home: Path) -> int:
    return len(list((home / "artifacts").rglob("model.safetensors")))


def test_killed_at_every_point_it_ends_as_if_nothing_had_happened(
    runner: Runner, prefect_server_world: Any, tmp_path: Path
) -> None:
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    undisturbed = runner.run(calm)
    assert undisturbed["result"], runner.log_tail()

    for point in [*FIRST_USE, *POINTS]:
        answer = runner.run(killed, point)
        assert answer == {"signal": 9, "result": None}, f"{point.name}: {answer}\n{runner.log_tail()}"
    last = runner.run(killed)
    assert last["result"], runner.log_tail()

    assert last["result"]["test"] == undisturbed["result"]["test"]
    (version,) = registry(killed).search_model_versions(f"name = '{DEFAULT_MODEL}'")
    (expected,) = registry(calm).search_model_versions(f"name = '{DEFAULT_MODEL}'")
    assert version.tags["model_digest"] == expected.tags["model_digest"]
    assert registry(killed).get_model_version_by_alias(DEFAULT_MODEL, "champion").version == version.version
    assert moves(killed) == [("found", "1")]  # its record was killed away, and the next judgement made up for it
    assert moves(calm) == [("promotion", "1")]
    assert files(killed) == files(calm)
    assert logged_models(killed) == logged_models(calm) == 1

    experiment = registry(killed).get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    runs = registry(killed).search_runs([experiment.experiment_id])
    assert Counter(run.info.status for run in runs) == {"KILLED": len(POINTS), "FINISHED": 1}
    assert all("ended without closing the run" in run.data.tags["reason"] for run in runs if "reason" in run.data.tags)
    ended = {"CRASHED": len(POINTS), "COMPLETED": 2}
    assert flow_runs(prefect_server_world) == ended | {"RUNNING": len(FIRST_USE)}  # of these there is no MLflow run


def flow_runs(world: Any) -> Counter[str]:
    where = f"{world.env['PREFECT_API_URL']}/flow_runs/filter"
    answer = httpx.post(where, json={}, timeout=GIVE_UP_S, auth=world.auth).raise_for_status()
    return Counter(run["state"]["type"] for run in answer.json())
