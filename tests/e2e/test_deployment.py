"""What an operator does: deploy, run from the command line, put on a schedule; all on a real server and worker."""

import json
import os
import signal
import time
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient

from storyflower.data.sample import write_sample_workbooks
from storyflower.processes import ProcessMark
from storyflower.registry.tracking import EXPERIMENT, FLOW_RUN_TAG, MODEL_NAME, PROCESS_TAG

pytestmark = [pytest.mark.server, pytest.mark.slow]

QUICK = {"name": "tiny", "training": {"epochs": 1}}


@pytest.fixture(scope="module")
def source(prefect_world: Any) -> dict[str, str]:
    folder = prefect_world.home / "sample"
    training, validation = write_sample_workbooks(folder, training_rows=600, validation_rows=150)
    return {"training": str(training), "validation": str(validation)}


def registry(world: Any) -> MlflowClient:
    uri = f"sqlite:///{world.home / 'mlflow.db'}"
    return MlflowClient(uri, uri)


def request(world: Any, method: str, path: str, body: Any = None) -> httpx.Response:
    """Ask the server; as Prefect's own client does, again when SQLite was busy (503)."""
    for _ in range(10):
        answer = httpx.request(method, f"{world.env['PREFECT_API_URL']}{path}", json=body, timeout=30)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(2)
    return answer.raise_for_status()


def api(world: Any, path: str, body: Any) -> Any:
    return request(world, "POST", path, body).json()


def deployment_id(world: Any) -> str:
    return str(request(world, "GET", "/deployments/name/train/train").json()["id"])


def test_a_deployment_run_registers_a_champion(prefect_world: Any, source: dict[str, str]) -> None:
    done = prefect_world.run(
        *("prefect", "--no-prompt", "deployment", "run", "train/train", "--watch"),
        *("--param", f"source={json.dumps(source)}", "--param", f"recipe={json.dumps(QUICK)}"),
        timeout=400,
    )
    assert "Completed" in done.stdout

    champion = registry(prefect_world).get_model_version_by_alias(MODEL_NAME, "champion")
    run = registry(prefect_world).get_run(champion.run_id)
    (flow_run,) = api(prefect_world, "/flow_runs/filter", {"flows": {"name": {"any_": ["train"]}}})
    assert run.info.status == "FINISHED"
    assert run.data.tags["flow_run_id"] == flow_run["id"]
    assert flow_run["state"]["type"] == "COMPLETED"
    tasks = api(prefect_world, "/task_runs/filter", {"flow_runs": {"id": {"any_": [flow_run["id"]]}}})
    names = {task["name"].rpartition("-")[0] for task in tasks}
    assert names >= {"ingest", "normalize", "encoder", "tokenize", "finetune", "evaluate", "register"}
    artifacts = api(prefect_world, "/artifacts/filter", {})
    assert {"data-quality", "results"} <= {artifact["key"] for artifact in artifacts}


def running_training(world: Any, source: dict[str, str], seconds: float = 120) -> tuple[str, Any]:
    """A flow run in the midst of a long training, and its MLflow run."""
    long = {"name": "tiny", "training": {"epochs": 500}}
    flow_run = api(
        world,
        f"/deployments/{deployment_id(world)}/create_flow_run",
        {"parameters": {"source": source, "recipe": long}},
    )["id"]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for run in mlflow_runs(world, flow_run):
            if "epoch/dev_macro_f1" in run.data.metrics:
                return str(flow_run), run
        time.sleep(0.5)
    pytest.fail(f"no training under way in {seconds} s")


def mlflow_runs(world: Any, flow_run: str) -> list[Any]:
    runs = registry(world)
    experiment = runs.get_experiment_by_name(EXPERIMENT)
    return (
        list(runs.search_runs([experiment.experiment_id], f"tags.{FLOW_RUN_TAG} = '{flow_run}'")) if experiment else []
    )


def wait_until_both_have_ended(world: Any, flow_run: str, run_id: str, seconds: float = 60) -> tuple[str, Any]:
    """State of the flow run, and the MLflow run, once neither goes on; at the latest within a minute."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = request(world, "GET", f"/flow_runs/{flow_run}").json()["state"]["type"]
        run = registry(world).get_run(run_id)
        if state in ("CANCELLED", "CRASHED") and run.info.status != "RUNNING" and "reason" in run.data.tags:
            return state, run
        time.sleep(0.5)
    pytest.fail(f"after {seconds} s Prefect says {state}, MLflow {run.info.status}")


def test_a_cancelled_run_is_killed_in_mlflow(prefect_world: Any, source: dict[str, str]) -> None:
    flow_run, run = running_training(prefect_world, source)
    prefect_world.run("prefect", "--no-prompt", "flow-run", "cancel", flow_run)
    state, ended = wait_until_both_have_ended(prefect_world, flow_run, run.info.run_id)
    assert (state, ended.info.status) == ("CANCELLED", "KILLED")


def test_a_sigkilled_flow_is_killed_in_mlflow_by_the_worker(prefect_world: Any, source: dict[str, str]) -> None:
    flow_run, run = running_training(prefect_world, source)
    os.kill(ProcessMark.parse(run.data.tags[PROCESS_TAG]).pid, signal.SIGKILL)
    state, ended = wait_until_both_have_ended(prefect_world, flow_run, run.info.run_id)
    assert (state, ended.info.status) == ("CRASHED", "KILLED")
    assert "Crashed" in ended.data.tags["reason"]


def test_parameters_are_validated_before_anything_runs(prefect_world: Any, source: dict[str, str]) -> None:
    wrong = {"name": "tiny", "training": {"epochs": "many"}}
    done = prefect_world.run(
        *("prefect", "--no-prompt", "deployment", "run", "train/train"),
        *("--param", f"source={json.dumps(source)}", "--param", f"recipe={json.dumps(wrong)}"),
        check=False,
    )
    assert done.returncode != 0
    assert "Validation failed" in done.stdout + done.stderr


def test_a_schedule_appears_and_fires(prefect_world: Any, source: dict[str, str]) -> None:
    """With SQLAlchemy 2.1 the scheduler stays silent: no run ever appears."""
    runs = registry(prefect_world)
    experiment = runs.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    before = len(runs.search_runs([experiment.experiment_id]))
    every_five_seconds = {
        "active": True,
        "schedule": {"interval": 5},
        "parameters": {"source": source, "recipe": QUICK},
    }
    schedules = f"/deployments/{deployment_id(prefect_world)}/schedules"
    (created,) = api(prefect_world, schedules, [every_five_seconds])
    try:
        finished = wait_for_scheduled_run(prefect_world)
    finally:
        request(prefect_world, "DELETE", f"{schedules}/{created['id']}")
    assert finished["state"]["type"] == "COMPLETED"
    assert len(runs.search_runs([experiment.experiment_id])) > before


def wait_for_scheduled_run(world: Any, seconds: float = 240) -> Any:
    """The first run that the scheduler made and that has come to an end."""
    deadline = time.monotonic() + seconds
    wanted = {"flow_runs": {"tags": {"all_": ["auto-scheduled"]}, "state": {"type": {"not_any_": ["SCHEDULED"]}}}}
    while time.monotonic() < deadline:
        for run in api(world, "/flow_runs/filter", wanted):
            if run["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED"):
                return run
        time.sleep(2)
    scheduled = api(world, "/flow_runs/filter", {})
    pytest.fail(f"no scheduled run came to an end in {seconds} s; the server knows {scheduled}")
