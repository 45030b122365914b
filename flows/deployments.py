"""Deploys to one work pool of prefect.yaml, which it makes where it is missing: `python -m flows.deployments POOL`.

`prefect deploy --all` would deploy to every pool of the file, and fail where one of them does not exist.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from flows.access import prefect_client, use_prefect
from flows.pools import POOLS
from storyflower.errors import StoryFlowerError

CHECKOUT = Path(__file__).parents[1]
IMAGE_VARIABLE = "STORYFLOWER_IMAGE"
"""The variable with the image of containers, read when deploying; `compose.yaml` builds one of the default name."""
DEFAULT_IMAGE = "storyflower:latest"


def deployments_of(pool: str) -> list[str]:
    """The names of the deployments to a pool, as in prefect.yaml."""
    defined = yaml.safe_load((CHECKOUT / "prefect.yaml").read_text("utf-8"))["deployments"]
    return [str(each["name"]) for each in defined if each["work_pool"]["name"] == pool]


def ensure_pool(prefect: SyncPrefectClient, name: str, limit: int | None) -> None:
    """Make the pool where it is missing; one that exists stays as its users have set it up."""
    try:
        prefect.read_work_pool(name)
    except ObjectNotFound:
        pool = POOLS[name]
        prefect.create_work_pool(
            WorkPoolCreate(name=name, type=pool.type, base_job_template=pool.template(), concurrency_limit=limit)
        )


def ensure_queues(prefect: SyncPrefectClient, pool: str, names: Iterable[str]) -> None:
    """Make queues of the pool where they are missing: a worker for one that is missing gets no run of any other."""
    for name in names:
        try:
            prefect.create_work_queue(name, work_pool_name=pool)
        except ObjectAlreadyExists:
            continue


def main() -> None:
    """Make the pool and deploy; the exit code is that of `prefect deploy`."""
    parser = argparse.ArgumentParser(prog="python -m flows.deployments")
    parser.add_argument("pool", choices=POOLS)
    parser.add_argument("--limit", type=int, help="runs at a time, in a pool that is made")
    parser.add_argument("--queue", action="append", default=[], help="a work queue of the pool, beside `default`")
    given = parser.parse_args()
    try:
        use_prefect()
        with prefect_client() as prefect:
            ensure_pool(prefect, given.pool, given.limit)
            ensure_queues(prefect, given.pool, given.queue)
    except StoryFlowerError as error:
        sys.exit(f"✗ {error}")
    os.environ.setdefault(IMAGE_VARIABLE, DEFAULT_IMAGE)
    names = [part for name in deployments_of(given.pool) for part in ("--name", name)]
    program = str(Path(sys.executable).with_name("prefect"))
    sys.exit(subprocess.call([program, "--no-prompt", "deploy", *names], cwd=CHECKOUT))  # noqa: S603


if __name__ == "__main__":
    main()
