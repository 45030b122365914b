"""An operator deploys, runs from the command line, and schedules, with a real server and worker."""

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from mlflow import MlflowClient

from storyflower.processes import ProcessMark
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.server_access import LOGIN_PAGE, SECRET_FILE
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.runs import FLOW_RUN_TAG, PROCESS_TAG
from storyflower.tracking.store_home import EXPERIMENT
from tests.waiting import GIVE_UP_S, until

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


def mlflow_runs(world: Any, query: str = "") -> list[Any]:
    experiment = registry(world).get_experiment_by_name(EXPERIMENT)
    return list(registry(world).search_runs([experiment.experiment_id], query)) if experiment else []


def request(world: Any, method: str, path: str, body: Any = None) -> httpx.Response:
    """Send a request to the server, and repeat it if SQLite was busy (503), as Prefect's own client does."""
    for _ in range(10):
        answer = httpx.request(
            method, f"{world.env['PREFECT_API_URL']}{path}", json=body, timeout=GIVE_UP_S, auth=world.auth
        )
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(2)
    return answer.raise_for_status()


def api(world: Any, path: str, body: Any) -> Any:
    return request(world, "POST", path, body).json()


def whole_log(world: Any, flow_run_id: str) -> list[str]:
    """The log of a flow run, up to the line about its end."""

    def whole() -> list[str]:
        logged = api(world, "/logs/filter", {"logs": {"flow_run_id": {"any_": [flow_run_id]}}})
        lines = [str(line["message"]) for line in logged]
        return lines if any("Finished in state" in line for line in lines) else []

    return until(whole, "no line about the end")


def deployment_id(world: Any) -> str:
    return str(request(world, "GET", "/deployments/name/train/train").json()["id"])


@pytest.fixture(scope="module")
def trained(prefect_world: Any, source: dict[str, str]) -> str:
    """A run of the deployment `train`, and what it printed."""
    done = prefect_world.run(
        *("prefect", "--no-prompt", "deployment", "run", "train/train", "--watch"),
        *("--param", f"source={json.dumps(source)}", "--param", f"recipe={json.dumps(QUICK)}"),
    )
    return str(done.stdout)


@pytest.fixture(scope="module", autouse=True)
def deployed_retraining(prefect_world: Any) -> dict[str, Any]:
    """The deployment `retrain` as it was deployed; its schedule is then off, or a test at that hour meets its run."""
    deployment = request(prefect_world, "GET", "/deployments/name/retrain/retrain").json()
    for schedule in deployment["schedules"]:
        path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
        request(prefect_world, "PATCH", path, {"active": False})
    return dict(deployment)


@pytest.fixture(scope="module")
def retraining(
    prefect_world: Any, source: dict[str, str], trained: str, deployed_retraining: dict[str, Any]
) -> dict[str, Any]:
    """That deployment, looking at the sample workbooks instead of the folders of prefect.yaml."""
    changed = {"parameters": {"source": source, "recipe": QUICK}}
    request(prefect_world, "PATCH", f"/deployments/{deployed_retraining['id']}", changed)
    return deployed_retraining


def test_missing_folders_are_one_message_and_nothing_is_announced(prefect_world: Any) -> None:
    """As `prefect.yaml` stands in a fresh checkout: its folders of workbooks do not exist."""
    refused = prefect_world.run("storyflower", "announce", "--json", check=False)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    error = json.loads(refused.stdout)["error"]
    assert "data/training" in error["problem"]
    assert "prefect.yaml" in error["remedy"]

    done = prefect_world.run("prefect", "deployment", "run", "retrain/retrain", "--watch", check=False)
    runs = api(prefect_world, "/flow_runs/filter", {"flows": {"name": {"any_": ["retrain"]}}})
    (flow_run,) = (run for run in runs if run["state"]["type"] != "SCHEDULED")  # the nights to come may be there too
    assert done.returncode == 1
    assert flow_run["state"]["type"] == "FAILED"
    assert "data/training" in flow_run["state"]["message"]
    log = whole_log(prefect_world, flow_run["id"])
    assert sum("data/training" in line for line in log) == 2, log  # logged by the flow, and the message of its state
    assert not [line for line in log if "Traceback" in line]
    api(prefect_world, f"/deployments/{flow_run['deployment_id']}/pause_deployment", {})
    try:
        unheard = prefect_world.run("storyflower", "announce", check=False)
        assert unheard.returncode == 1
        assert "make worker" in unheard.stderr
    finally:
        api(prefect_world, f"/deployments/{flow_run['deployment_id']}/resume_deployment", {})


def test_a_deployment_run_registers_a_champion(prefect_world: Any, trained: str) -> None:
    assert "Completed" in trained
    champion = registry(prefect_world).get_model_version_by_alias(DEFAULT_MODEL, "champion")
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


def running_training(world: Any, source: dict[str, str]) -> tuple[str, Any]:
    """A flow run in the midst of a long training, and its MLflow run."""
    long = {"name": "tiny", "training": {"epochs": 500}}
    flow_run = api(
        world,
        f"/deployments/{deployment_id(world)}/create_flow_run",
        {"parameters": {"source": source, "recipe": long}},
    )["id"]

    def trains() -> list[Any]:
        runs = mlflow_runs(world, f"tags.{FLOW_RUN_TAG} = '{flow_run}'")
        return [run for run in runs if "epoch/dev_macro_f1" in run.data.metrics]

    return str(flow_run), until(trains, "no training is under way")[0]


def wait_until_both_have_ended(world: Any, flow_run: str, run_id: str) -> tuple[str, Any]:
    """State of the flow run, and the MLflow run, once neither goes on."""

    def ended() -> tuple[str, Any] | None:
        state = request(world, "GET", f"/flow_runs/{flow_run}").json()["state"]["type"]
        run = registry(world).get_run(run_id)
        both = state in ("CANCELLED", "CRASHED") and run.info.status != "RUNNING" and "reason" in run.data.tags
        return (state, run) if both else None

    found = until(ended, f"flow run {flow_run} or MLflow's run {run_id} goes on")
    assert found
    return found


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


def test_the_secret_of_the_server_lies_in_its_own_files_alone(prefect_world: Any, trained: str) -> None:
    """Not in Prefect's database nor MLflow's, in no log, and in no argument of a process."""
    secret = prefect_world.env["PREFECT_API_AUTH_STRING"].partition(":")[2]
    files = [file for file in prefect_world.home.parent.rglob("*") if file.is_file()]
    holding = {file.name for file in files if secret.encode() in file.read_bytes()}
    assert holding == {SECRET_FILE, LOGIN_PAGE}
    assert {"prefect.db", "mlflow.db", "server.log", "worker.log"} <= {file.name for file in files}
    arguments = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if os.access(file, os.R_OK)]
    assert not [line for line in arguments if secret.encode() in line]


@pytest.mark.parametrize(
    "address", ["http://user:s3cret-w0rd@host/a.xlsx", "zip://a.xlsx::https://host/a.zip?sig=s3cret-w0rd"]
)
def test_an_address_with_a_secret_is_refused_and_never_stored(
    prefect_world: Any, source: dict[str, str], address: str
) -> None:
    url = f"{prefect_world.env['PREFECT_API_URL']}/deployments/{deployment_id(prefect_world)}/create_flow_run"
    body = {"parameters": {"source": source | {"training": address}, "recipe": QUICK}}
    assert httpx.post(url, json=body, timeout=GIVE_UP_S, auth=prefect_world.auth).status_code == httpx.codes.CONFLICT
    files = [file for file in prefect_world.home.parent.rglob("*") if file.is_file()]
    assert not [file for file in files if b"s3cret-w0rd" in file.read_bytes()]


def test_parameters_are_validated_before_anything_runs(prefect_world: Any, source: dict[str, str]) -> None:
    wrong = {"name": "tiny", "training": {"epochs": "many"}}
    done = prefect_world.run(
        *("prefect", "--no-prompt", "deployment", "run", "train/train"),
        *("--param", f"source={json.dumps(source)}", "--param", f"recipe={json.dumps(wrong)}"),
        check=False,
    )
    assert done.returncode != 0
    assert "Validation failed" in done.stdout + done.stderr


def test_retraining_is_deployed_for_every_night_one_at_a_time(deployed_retraining: dict[str, Any]) -> None:
    (nightly,) = deployed_retraining["schedules"]
    assert nightly["active"]
    assert (nightly["schedule"]["cron"], nightly["schedule"]["timezone"]) == ("0 3 * * *", "Asia/Seoul")
    assert deployed_retraining["global_concurrency_limit"]["limit"] == 1
    assert deployed_retraining["concurrency_options"]["collision_strategy"] == "ENQUEUE"


def test_a_schedule_fires_retrain_and_an_unchanged_corpus_is_skipped(
    prefect_world: Any, retraining: dict[str, Any]
) -> None:
    schedule = scheduled_soon(prefect_world, retraining["id"])
    try:
        finished = wait_for_end(prefect_world, retraining["id"], created_by="SCHEDULE")
    finally:
        request(prefect_world, "DELETE", schedule)
    assert finished["state"]["type"] == "COMPLETED"
    assert finished["state"]["message"].startswith("챔피언 버전 1을(를) 학습한 이후 바뀐 것이 없습니다")
    tasks = api(prefect_world, "/task_runs/filter", {"flow_runs": {"id": {"any_": [finished["id"]]}}})
    assert {task["name"].rpartition("-")[0] for task in tasks} == {"look", "prune"}  # no training, so no MLflow run


def test_an_announced_change_trains_a_challenger(
    prefect_world: Any, source: dict[str, str], retraining: dict[str, Any]
) -> None:
    book = openpyxl.load_workbook(source["training"])
    text = [cell.value for cell in book.active[1]].index("사람문장1")
    for row in list(book.active.iter_rows(min_row=2, max_row=60, values_only=True)):
        book.active.append([f"{value} 정말로." if place == text else value for place, value in enumerate(row)])
    book.save(source["training"])

    announced = json.loads(prefect_world.run("storyflower", "announce", "--json").stdout)
    assert announced["event"] == "storyflower.corpus.updated"
    finished = wait_for_end(prefect_world, retraining["id"], created_by="AUTOMATION")
    assert finished["state"]["type"] == "COMPLETED"
    assert finished["state"]["message"].startswith("챔피언 버전 1을(를) 학습한 이후 바뀐 것: 학습 통합 문서; ")
    challenger = registry(prefect_world).get_model_version_by_alias(DEFAULT_MODEL, "challenger")
    assert str(challenger.version) == "2"
    assert registry(prefect_world).get_run(challenger.run_id).data.tags["drift_since_version"] == "1"


def test_a_schedule_appears_and_fires(prefect_world: Any, source: dict[str, str]) -> None:
    """With SQLAlchemy 2.1 the scheduler stays silent: no run ever appears. Last: it leaves runs that wait."""
    before = len(mlflow_runs(prefect_world))
    every_five_seconds = {
        "active": True,
        "schedule": {"interval": 5},
        "parameters": {"source": source, "recipe": QUICK},
    }
    schedules = f"/deployments/{deployment_id(prefect_world)}/schedules"
    (created,) = api(prefect_world, schedules, [every_five_seconds])
    try:
        finished = wait_for_end(prefect_world, deployment_id(prefect_world), created_by="SCHEDULE")
    finally:
        request(prefect_world, "DELETE", f"{schedules}/{created['id']}")
    assert finished["state"]["type"] == "COMPLETED"
    assert len(mlflow_runs(prefect_world)) > before


def runs_by(world: Any, deployment: str, created_by: str) -> list[Any]:
    """The runs of a deployment that a schedule or a trigger made."""
    runs = api(world, "/flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}})
    return [run for run in runs if (run["created_by"] or {}).get("type") == created_by]


def wait_for_end(world: Any, deployment: str, created_by: str) -> Any:
    """The first run of a deployment that a schedule or a trigger made and that has come to an end."""

    def ended() -> list[Any]:
        over = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        return [run for run in runs_by(world, deployment, created_by) if run["state"]["type"] in over]

    return until(ended, lambda: f"no end; the server knows {runs_by(world, deployment, created_by)}")[0]


def scheduled_soon(world: Any, deployment: str) -> str:
    """Add a schedule whose first run is due in seconds and the next in an hour; return its path in the API.

    Prefect's scheduler makes no run for a time that is past when it comes to the schedule. On a busy machine that
    may be so; then the first run is put further off.
    """
    schedules = f"/deployments/{deployment}/schedules"
    for lead in (15, 90, 300):
        due = datetime.now(UTC) + timedelta(seconds=lead)
        hourly = {"interval": 3600, "anchor_date": due.isoformat()}
        (created,) = api(world, schedules, [{"active": True, "schedule": hourly}])

        def made(schedule: str = created["id"]) -> list[datetime]:
            runs = [run for run in runs_by(world, deployment, "SCHEDULE") if run["created_by"]["id"] == schedule]
            return [datetime.fromisoformat(run["expected_start_time"]) for run in runs]

        if min(until(made, "the scheduler made no run")) < due + timedelta(seconds=1):
            return f"{schedules}/{created['id']}"
        request(world, "DELETE", f"{schedules}/{created['id']}")
    pytest.fail("the scheduler comes minutes late")
