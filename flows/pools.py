"""The work pools of prefect.yaml: what each runs flows in, and what its deployments may set."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem

Template = dict[str, Any]
"""A base job template as Prefect keeps it with a pool: `job_configuration` with placeholders, and their `variables`."""


def process_template() -> Template:
    """The template of Prefect's own worker."""
    from prefect.workers.process import ProcessWorker

    return ProcessWorker.get_default_base_job_template()


def docker_template() -> Template:
    """The template of prefect-docker."""
    from prefect_docker.worker import DockerWorker

    template: Template = DockerWorker.get_default_base_job_template()
    return template


def kubernetes_template() -> Template:
    """The template of prefect-kubernetes, and what trainings need beside it.

    `gpus` are of NVIDIA's device plugin; without it the container gets none. `env_secret` is the name of a Secret whose
    entries become environment variables: a deployment names it, and holds no secret itself. Files are written by a user
    who is not root, as the image has it.
    """
    from prefect_kubernetes import KubernetesWorker

    template: Template = KubernetesWorker.get_default_base_job_template()
    pod = template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
    pod["securityContext"] = {"runAsNonRoot": True}
    (container,) = pod["containers"]
    container["resources"]["limits"]["nvidia.com/gpu"] = "{{ gpus }}"
    container["envFrom"] = [{"secretRef": {"name": "{{ env_secret }}"}}]
    container["securityContext"] = {"allowPrivilegeEscalation": False}
    template["variables"]["properties"] |= {
        "gpus": {
            "title": "GPUs",
            "description": "Number of NVIDIA GPUs of a job; none when empty.",
            "anyOf": [{"type": "string", "pattern": "^[1-9][0-9]*$"}, {"type": "null"}],
            "default": None,
        },
        "env_secret": {
            "title": "Secret of the environment",
            "description": "Name of the Secret whose entries are set as environment variables.",
            "type": "string",
            "default": "storyflower",
        },
    }
    return template


@dataclass(frozen=True)
class Pool:
    """A kind of work pool."""

    type: str
    """As Prefect names it; also the extra of its worker's package."""
    _template: Callable[[], Template]

    def template(self) -> Template:
        """What its jobs look like.

        Raises:
            StoryFlowerError: the package of its worker is not installed.
        """
        try:
            return self._template()
        except ModuleNotFoundError as missing:
            raise problem(StoryFlowerError, "pool_extra_missing", package=missing.name, extra=self.type) from missing


POOLS = {
    "storyflower": Pool("process", process_template),
    "storyflower-docker": Pool("docker", docker_template),
    "storyflower-kubernetes": Pool("kubernetes", kubernetes_template),
}
"""The pools of prefect.yaml, by name."""
