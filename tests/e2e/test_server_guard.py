"""Who may use the Prefect servers that StoryFlower starts: attacks on real ones by all that can reach their port."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from storyflower.sample.corpus import write_sample_workbooks
from storyflower.server_access import LOGIN_PAGE, LOGIN_PATH, SECRET_FILE
from tests.e2e.conftest import BIN, World, make_world, wait_for, without_secret
from tests.programs import launch, stop
from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.server, pytest.mark.slow]

EVIL = "https://evil.example"
DEPLOYMENT = {
    "name": "evil",
    "flow_id": "00000000-0000-0000-0000-000000000000",
    "work_pool_name": "storyflower",
    "job_variables": {"command": "touch /tmp/evil"},
}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
AS_OPERATOR = """
from flows.access import use_prefect
use_prefect()
import httpx
from prefect import get_client
with get_client(sync_client=True) as prefect:
    assert prefect.request("POST", "/flows/filter", json={}).json() == []
    url = str(prefect.api_url).rstrip("/")
    evil = {"Origin": "https://evil.example"}
    responses = [
        httpx.get(f"{url}/version"),
        httpx.post(f"{url}/flows/", json={"name": "evil"}, headers=evil),
        httpx.post(f"{url}/flows/", json={"name": "evil"}, headers={"Host": "evil.example"}),
        httpx.options(f"{url}/flows/", headers=evil | {"Access-Control-Request-Method": "POST"}),
    ]
    for answer in responses:
        print(answer.status_code, answer.headers.get("access-control-allow-origin"))
"""


@pytest.mark.parametrize(
    ("headers", "has_secret", "status"),
    [
        ({}, False, 401),
        ({"Authorization": "Basic c3RvcnlmbG93ZXI6"}, False, 401),
        ({"Origin": EVIL}, False, 403),
        ({"Origin": EVIL}, True, 403),
        ({"Origin": EVIL, "Content-Type": "text/plain"}, True, 403),
        ({"Origin": "null"}, True, 403),
        ({"Origin": "http://127.0.0.1:9999"}, True, 403),
        ({"Host": "evil.example"}, True, 400),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, True, 400),
        ({"Host": "127.0.0.1.evil.example:4200"}, True, 400),
        ({"Host": ""}, True, 400),
    ],
)
def test_foreign_requests_create_no_deployment(
    prefect_server_world: Any, headers: dict[str, str], has_secret: bool, status: int
) -> None:
    url = f"{prefect_server_world.env['PREFECT_API_URL']}/deployments/"
    body = {"content": json.dumps(DEPLOYMENT), "headers": {"Content-Type": "application/json"} | headers}
    answer = httpx.post(url, **body, auth=prefect_server_world.auth if has_secret else None)
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_of_a_foreign_page_is_refused_and_one_of_ours_is_not(prefect_server_world: Any) -> None:
    url = prefect_server_world.env["PREFECT_API_URL"]
    refused = httpx.options(f"{url}/deployments/", headers=PREFLIGHT | {"Origin": EVIL})
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers
    ours = url.removesuffix("/api")
    allowed = httpx.options(f"{url}/deployments/", headers=PREFLIGHT | {"Origin": ours})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ours


def test_websockets_are_guarded_too(prefect_server_world: Any) -> None:
    address = f"{prefect_server_world.env['PREFECT_API_URL'].replace('http', 'ws')}/events/in"
    with pytest.raises(InvalidStatus, match="403"):
        connect(address, origin=EVIL, subprotocols=["prefect"])
    with pytest.raises(InvalidStatus, match="403"):
        connect(address)  # no secret can be sent without Prefect's own protocol


def test_other_pages_cannot_frame_the_server_and_its_pages_connect_to_it_alone(prefect_server_world: Any) -> None:
    ours = prefect_server_world.env["PREFECT_API_URL"].removesuffix("/api")
    policy = httpx.get(f"{ours}/v2/").headers["content-security-policy"]
    assert policy.startswith(f"frame-ancestors 'self'; connect-src 'self' {ours} ")


def test_a_login_needs_the_secret(prefect_server_world: Any) -> None:
    url = prefect_server_world.env["PREFECT_API_URL"].removesuffix("/api") + LOGIN_PATH
    secret = prefect_server_world.env["PREFECT_API_AUTH_STRING"]
    from_a_file = {"Origin": "null"}
    assert httpx.post(url, data={"secret": "storyflower:"}, headers=from_a_file).status_code == 401
    assert httpx.post(url, content=b"", headers=from_a_file).status_code == 401
    assert httpx.post(url, content=b"secret=%ff&" + b"x" * 5000).status_code == 413
    assert httpx.get(url).status_code == 404
    logged_in = httpx.post(url, data={"secret": secret}, headers=from_a_file)
    assert logged_in.status_code == 200
    assert logged_in.headers["cache-control"] == "no-store"


def test_files_that_hold_the_secret_are_for_the_owner_alone(prefect_server_world: Any) -> None:
    for name in (SECRET_FILE, LOGIN_PAGE):
        assert stat.S_IMODE((prefect_server_world.home / name).stat().st_mode) == 0o600


def test_a_command_finds_the_secret_of_its_home(prefect_server_world: Any) -> None:
    plain = without_secret(prefect_server_world)
    assert json.loads(plain.run("storyflower", "reconcile", "--json").stdout)["ended"] == []


def test_another_home_is_refused_in_one_message(prefect_server_world: Any, tmp_path: Path) -> None:
    plain = without_secret(prefect_server_world)
    stranger = World(tmp_path, plain.env | {"STORYFLOWER_HOME": str(tmp_path), "STORYFLOWER_LANG": "en"})
    books = [str(book) for book in write_sample_workbooks(tmp_path, training_rows=200, validation_rows=60)]
    options = ("--train", books[0], "--validation", books[1], "--recipe", "tiny")
    refused = stranger.run("storyflower", "train", *options, check=False)
    assert refused.returncode == 1
    assert "the Prefect server refuses access (401)" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_doctor_reports_whether_the_server_grants_access(prefect_server_world: Any, tmp_path: Path) -> None:
    plain = without_secret(prefect_server_world)
    assert prefect_finding(plain)["state"] == "ok"
    refused = prefect_finding(World(tmp_path, plain.env | {"STORYFLOWER_HOME": str(tmp_path / "another")}))
    assert refused["state"] == "problem"
    assert "401" in refused["value"]
    assert "PREFECT_API_AUTH_STRING" in refused["remedy"]


def prefect_finding(world: World) -> dict[str, str]:
    """What `doctor` says of the server; its package, which has the same name, comes before it."""
    findings = json.loads(world.run("storyflower", "doctor", "--json", check=False).stdout)["findings"]
    return [finding for finding in findings if finding["name"] == "prefect"][-1]


@pytest.mark.parametrize("own", [{}, {"PREFECT_API_AUTH_STRING": "me:mine"}], ids=["random", "configured"])
def test_a_temporary_server_has_a_secret_too(tmp_path: Path, prefect_tables: Path, own: dict[str, str]) -> None:
    plain = make_world(tmp_path, prefect_tables)  # its server has no flows yet
    patient = World(plain.home, plain.env | own | {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600"})
    answers = patient.run("python", "-c", AS_OPERATOR).stdout.splitlines()
    assert answers[-4:] == ["401 None", "401 None", "401 None", "400 None"]


@pytest.fixture
def mlflow_server(tmp_path: Path, unused_port: int) -> Iterator[str]:
    """MLflow as `make mlflow` starts it; what `make` would install first is taken as installed."""
    world, log = make_world(tmp_path), tmp_path / "mlflow.log"
    where = [f"BIN={BIN}", f"MLFLOW_PORT={unused_port}", f"STORYFLOWER_HOME={world.home}"]
    server = launch(["make", "--old-file=.venv/.setup", *where, "mlflow"], log, world.env)
    try:
        wait_for(f"http://127.0.0.1:{unused_port}/health", server, log)
        yield f"http://127.0.0.1:{unused_port}"
    finally:
        stop(server)


def test_make_mlflow_refuses_foreign_requests(mlflow_server: str) -> None:
    url = f"{mlflow_server}/api/2.0/mlflow/experiments/create"

    def created(name: str, **headers: str) -> httpx.Response:
        return httpx.post(url, json={"name": name}, headers=headers, timeout=GIVE_UP_S)

    foreign = [{"Host": "evil.example"}, {"Host": "10.evil.example"}, {"Host": "127.0.0.1.evil.example"}]
    for headers in [*foreign, {"Origin": EVIL}]:
        refused = created("evil", **headers)
        assert refused.status_code == 403, headers
        assert "access-control-allow-origin" not in refused.headers
    preflight = httpx.options(url, headers=PREFLIGHT | {"Origin": EVIL})
    assert "access-control-allow-origin" not in preflight.headers
    assert created("ours", Origin=mlflow_server).is_success
