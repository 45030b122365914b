"""MLflow, Prefect and the workers of the cluster: what runs, and in which environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from storyflower.cluster.bucket import BUCKET
from storyflower.cluster.kept import Program
from storyflower.cluster.object_store import S3Server
from storyflower.cluster.postgres import PostgresServer
from storyflower.spawning import NO_REPORTS

CHECKOUT = Path(__file__).parents[2]
"""The folder of prefect.yaml."""
POOL = "storyflower"
"""The work pool of prefect.yaml."""
WORKERS = ("worker-1", "worker-2")
"""Names of the workers; each has a work queue of its name, beside the one that both share."""
_SHARED_QUEUE = "default"
_SECONDS = 10.0
_OTHERS = ("AWS_", "MLFLOW_", "PREFECT_API_", "PREFECT_SERVER_", "PREFECT_UI_", "PREFECT_HOME", "PREFECT_PROFILE")
_OURS = {
    *("STORYFLOWER_HOME", "STORYFLOWER_STORE", "STORYFLOWER_STUDIES", "STORYFLOWER_TRACKING_URI"),
    "STORYFLOWER_SERVER_ADDRESSES",
}
_DATABASE = "PREFECT_API_DATABASE_CONNECTION_URL"


@dataclass(frozen=True)
class Setting:
    """What all programs of a cluster have in common."""

    folder: Path
    """Of the whole cluster."""
    database: PostgresServer
    store: S3Server
    held: tuple[int, ...]
    """See `Program.held`."""

    def program(self, name: str, environment: Mapping[str, str], *command: str) -> Program:
        """A program of this installation in a folder of its own, which is made where it is missing."""
        folder = self.folder / name.lower()
        folder.mkdir(mode=0o700, exist_ok=True)
        bin_folder = Path(sys.executable).parent
        everything = {
            **surroundings(),
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "PREFECT_HOME": str(folder / "prefect"),
            "STORYFLOWER_HOME": str(folder / "home"),
            **NO_REPORTS,
            **environment,
        }
        line = [str(bin_folder / command[0]), *command[1:]]
        return Program(name, line, CHECKOUT, folder / "log", everything, held=self.held)


def surroundings() -> dict[str, str]:
    """The environment of this process, without what names other servers, stores and homes."""
    return {name: value for name, value in os.environ.items() if not (name in _OURS or name.startswith(_OTHERS))}


def mlflow_server(setting: Setting, port: int) -> Program:
    """MLflow's server: runs and registry in the database, artifacts in the bucket, handed on by the server.

    The addresses with passwords are in its environment alone, where other users of the machine do not see them.
    """
    setting.database.create_database("mlflow")
    address = f"127.0.0.1:{port}"
    environment = {
        "MLFLOW_BACKEND_STORE_URI": setting.database.address("mlflow", "psycopg"),
        "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{BUCKET}/mlflow",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # processes for features that are not used
        **setting.store.environment,
    }
    return setting.program(
        "MLflow",
        environment,
        *("mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--uvicorn-opts", "--log-level warning", "--allowed-hosts", f"{address},localhost:{port}"),
        *("--cors-allowed-origins", f"http://{address},http://localhost:{port}"),
    )


def prefect_server(setting: Setting, port: int) -> Program:
    """Prefect's server with its guard, on the database."""
    setting.database.create_database("prefect")
    environment = {_DATABASE: setting.database.address("prefect", "asyncpg")}
    return setting.program("Prefect", environment, "python", "-m", "flows.server", "--port", str(port))


def deployments(setting: Setting, environment: Mapping[str, str]) -> Program:
    """The work pool with its queues, and the deployments of prefect.yaml to it; the program ends when all are there."""
    return setting.program("deployments", environment, *deployment_command())


def deployment_command() -> tuple[str, ...]:
    """The command that makes the pool with a queue for each worker, and deploys to it."""
    queues = (word for name in WORKERS for word in ("--queue", name))
    return ("python", "-m", "flows.deployments", POOL, *queues)


def worker(setting: Setting, name: str, environment: Mapping[str, str]) -> Program:
    """A worker with a home of its own."""
    return setting.program(name, environment, *worker_command(name))


def worker_command(name: str) -> tuple[str, ...]:
    """The command of a worker that works on one run at a time."""
    queues = ("--work-queue", _SHARED_QUEUE, "--work-queue", name)
    return ("prefect", "worker", "start", "--pool", POOL, "--name", name, "--limit", "1", *queues)


def studies(setting: Setting) -> str:
    """The address of the database of the trials of sweeps, which is made where it is missing."""
    setting.database.create_database("studies")
    return setting.database.address("studies")


def client_environment(prefect_url: str, login: str, mlflow_url: str, store: S3Server, studies: str) -> dict[str, str]:
    """What a machine needs in order to take part. `compose.yaml` sets the same."""
    return {
        "PREFECT_API_URL": f"{prefect_url}/api",
        "PREFECT_API_AUTH_STRING": login,
        "MLFLOW_TRACKING_URI": mlflow_url,
        "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",  # large artifacts go to the object store directly, in parts
        "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "true",
        "STORYFLOWER_STORE": f"s3://{BUCKET}/stages",
        "STORYFLOWER_STUDIES": studies,
        **store.environment,
    }


def answers(url: str) -> bool:
    """Whether a server answers that it is well."""
    try:
        return httpx.get(url, timeout=_SECONDS).is_success
    except httpx.HTTPError:
        return False


def is_online(name: str, since: datetime, environment: Mapping[str, str]) -> bool:
    """Whether Prefect has heard of a worker since a point in time."""
    user, _, password = environment["PREFECT_API_AUTH_STRING"].partition(":")
    asked = f"{environment['PREFECT_API_URL']}/work_pools/{POOL}/workers/filter"
    try:
        known = httpx.post(asked, json={}, auth=(user, password), timeout=_SECONDS).raise_for_status().json()
    except httpx.HTTPError:
        return False
    return any(each["name"] == name and datetime.fromisoformat(each["last_heartbeat_time"]) >= since for each in known)
