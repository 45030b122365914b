"""What the workers of each kind of pool run for the deployments of prefect.yaml."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
import yaml
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_AUTH_STRING, temporary_settings
from prefect.utilities.templating import apply_values

from flows.deployments import CHECKOUT, deployments_of
from flows.pools import POOLS, Pool, kubernetes_template
from storyflower.errors import StoryFlowerError

IMAGE = "registry.example.org/storyflower:1"
LOGIN = "storyflower:hunter2"


@pytest.fixture
def defined(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The deployments of prefect.yaml by name, with the variables that `prefect deploy` fills in."""
    monkeypatch.setenv("STORYFLOWER_IMAGE", IMAGE)
    read = yaml.safe_load((CHECKOUT / "prefect.yaml").read_text("utf-8"))["deployments"]
    return {each["name"]: dict(apply_values(each, {})) for each in read}


def a_run() -> FlowRun:
    return FlowRun(id=uuid4(), name="rapid-fox", flow_id=uuid4())


@pytest.mark.parametrize("pool", POOLS)
def test_every_pool_has_every_flow_and_they_differ_in_the_pool_alone(
    pool: str, defined: dict[str, dict[str, Any]]
) -> None:
    suffix = pool.removeprefix("storyflower")
    assert deployments_of(pool) == [f"{flow}{suffix}" for flow in ("train", "retrain", "score", "sweep", "trial")]
    own = ("name", "work_pool", "pull")
    for name in deployments_of(pool):
        plain = defined[name.removesuffix(suffix)]
        assert {k: v for k, v in defined[name].items() if k not in own} == {
            k: v for k, v in plain.items() if k not in own
        }
        assert (
            defined[name]["work_pool"]["job_variables"]["env"].items()
            >= plain["work_pool"]["job_variables"]["env"].items()
        )


def test_a_container_gets_its_secrets_from_a_file(
    defined: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = pytest.importorskip("prefect_docker.worker", reason="prefect-docker is not installed")
    variables = defined["train-docker"]["work_pool"]["job_variables"]
    template = docker.DockerWorker.get_default_base_job_template()
    configuration = asyncio.run(docker.DockerWorkerJobConfiguration.from_template_and_values(template, variables))
    configuration.prepare_for_flow_run(a_run())
    assert (configuration.image, configuration.auto_remove) == (IMAGE, True)
    assert configuration.env["STORYFLOWER_ENVIRONMENT"] == "/run/secrets/storyflower"
    assert "/etc/storyflower/environment:/run/secrets/storyflower:ro" in configuration.volumes
    assert configuration.env["OMP_WAIT_POLICY"] == "active"


class _Api(BaseHTTPRequestHandler):
    """As much of the API of Kubernetes as takes jobs."""

    taken: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.taken.append((self.path, job))
        answer = json.dumps({**job, "metadata": {**job["metadata"], "name": "rapid-fox-1"}}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def api() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """The address of a fake API server, and what it has been sent."""
    taken: list[tuple[str, dict[str, Any]]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Api", (_Api,), {"taken": taken}))
    Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    server.server_close()


def test_a_job_as_the_kubernetes_worker_creates_it(
    defined: dict[str, dict[str, Any]],
    api: tuple[str, list[tuple[str, dict[str, Any]]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kubernetes = pytest.importorskip("prefect_kubernetes", reason="prefect-kubernetes is not installed")
    from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration

    worker = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET"
    monkeypatch.setenv(f"{worker}_NAME", "storyflower")
    monkeypatch.setenv(f"{worker}_KEY", "PREFECT_API_AUTH_STRING")
    address, taken = api
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "fake",
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
        "clusters": [{"name": "fake", "cluster": {"server": address}}],
        "users": [{"name": "fake", "user": {"token": "none"}}],
    }
    variables = defined["train-kubernetes"]["work_pool"]["job_variables"]
    template = kubernetes_template()

    async def create() -> None:
        configuration = await KubernetesWorkerJobConfiguration.from_template_and_values(template, variables)
        configuration.cluster_config = kubernetes.KubernetesClusterConfig(config=kubeconfig, context_name="fake")
        with temporary_settings({PREFECT_API_AUTH_STRING: LOGIN}):
            configuration.prepare_for_flow_run(run)
        assert LOGIN in json.dumps(configuration.job_manifest)  # of which the worker makes a reference
        await kubernetes.KubernetesWorker("storyflower-kubernetes").run(run, configuration)

    run = a_run()
    asyncio.run(create())
    ((path, job),) = taken
    assert path == "/apis/batch/v1/namespaces/storyflower/jobs"
    assert (job["spec"]["backoffLimit"], job["spec"]["ttlSecondsAfterFinished"]) == (0, 86400)
    pod = job["spec"]["template"]["spec"]
    assert pod["securityContext"] == {"runAsNonRoot": True}
    (container,) = pod["containers"]
    assert container["image"] == IMAGE
    assert container["resources"] == {"limits": {"nvidia.com/gpu": "1"}, "requests": {"memory": "8Gi"}}
    assert container["envFrom"] == [{"secretRef": {"name": "storyflower"}}]
    assert container["securityContext"] == {"allowPrivilegeEscalation": False}
    environment = {each["name"]: each for each in container["env"]}
    assert environment["PREFECT__FLOW_RUN_ID"]["value"] == str(run.id)
    assert environment["OMP_WAIT_POLICY"]["value"] == "active"
    assert LOGIN not in json.dumps(job)
    reference = {"secretKeyRef": {"name": "storyflower", "key": "PREFECT_API_AUTH_STRING"}}
    assert environment["PREFECT_API_AUTH_STRING"]["valueFrom"] == reference


def test_without_gpus_a_job_asks_for_none() -> None:
    pytest.importorskip("prefect_kubernetes", reason="prefect-kubernetes is not installed")
    from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration

    configuration = asyncio.run(KubernetesWorkerJobConfiguration.from_template_and_values(kubernetes_template(), {}))
    (container,) = configuration.job_manifest["spec"]["template"]["spec"]["containers"]
    assert "nvidia.com/gpu" not in container["resources"]["limits"]


def test_a_pool_whose_package_is_missing(in_english: None) -> None:
    def template() -> dict[str, Any]:
        raise ModuleNotFoundError(name="prefect_docker")

    with pytest.raises(StoryFlowerError, match=r"prefect_docker.*\n.*'\.\[docker\]'"):
        Pool("docker", template).template()


def test_templates_have_what_the_deployments_set(defined: dict[str, dict[str, Any]]) -> None:
    pytest.importorskip("prefect_kubernetes", reason="prefect-kubernetes is not installed")
    for each in defined.values():
        known = POOLS[each["work_pool"]["name"]].template()["variables"]["properties"]
        assert each["work_pool"]["job_variables"].keys() <= known.keys()
