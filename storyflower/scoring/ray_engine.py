"""Computing on a Ray cluster through Ray Data."""

import json
import logging
import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from storyflower.errors import StoryFlowerError, first_line
from storyflower.messages import problem
from storyflower.scoring.model import Compute, ScoringModel
from storyflower.scoring.ray_worker import ShardWorker
from storyflower.scoring.shards import Probabilities, Shard

LOCAL = "local"
"""Stands for a cluster on this machine that is started and ended with the scoring."""

_PLACE = re.compile(r"(ray://)?(?P<host>[^/]+):(?P<port>\d+)")
_SECONDS_TO_CONNECT = 10.0


class RayEngine:
    """Shards on the workers of a cluster; each loads the model once for every `at_once` shards."""

    at_once = 256
    """About a million texts, 100 MB of them, in Ray's object store at a time."""

    def __init__(self, model: ScoringModel, compute: Compute) -> None:
        self._model = model
        self._compute = compute
        self._files: Any = None

    def answers(self, shards: Sequence[Shard]) -> Iterator[tuple[int, Probabilities]]:
        """See `Engine.answers`.

        Raises:
            StoryFlowerError: the cluster failed, or has no free processor.
        """
        import ray
        import ray.data

        if self._files is None:
            folder = self._model.folder
            files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
            self._files = ray.put(files)
        processors = max(1, int(ray.cluster_resources().get("CPU", 1)))  # type: ignore[no-untyped-call]
        each = min(self._compute.threads or 1, processors)
        ray.data.DataContext.get_current().enable_progress_bars = False
        items = [{"place": place, "texts": json.dumps(shard.texts)} for place, shard in enumerate(shards)]
        answered = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
            ShardWorker,
            fn_constructor_args=([self._files], self._compute),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=min(len(items), max(1, processors // each))),
            num_cpus=each,
            num_gpus=1 if self._compute.device == "cuda" else 0,
        )
        try:
            for row in answered.iter_rows():
                flat = np.frombuffer(row["answers"], np.float64)
                yield int(row["place"]), flat.reshape(-1, len(self._model.labels))
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, StoryFlowerError):
                raise cause from error
            raise problem(StoryFlowerError, "ray_failed", "Ray", reason=first_line(error)) from error


@contextmanager
def ray_cluster(address: str) -> Iterator[None]:
    """Within it, this process is connected to a Ray cluster.

    A local one listens on the machine's addresses, not on the loopback alone: Ray knows no other way. It asks for a
    token that this user alone can read.

    Raises:
        StoryFlowerError: Ray is not installed, or the cluster does not answer.
    """
    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ModuleNotFoundError as error:
        raise problem(StoryFlowerError, "ray_missing", "--ray") from error
    _require_answer(address)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        ray.init(
            address=address,
            include_dashboard=False if address == LOCAL else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        raise problem(StoryFlowerError, "ray_unreachable", address, reason=first_line(error)) from error
    try:
        yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """Raise StoryFlowerError where nothing listens at an address: Ray would end the process, without an exception."""
    place = _PLACE.fullmatch(address)
    if place is None:
        return
    try:
        socket.create_connection((place["host"].strip("[]"), int(place["port"])), _SECONDS_TO_CONNECT).close()
    except (OSError, OverflowError) as error:
        raise problem(StoryFlowerError, "ray_unreachable", address, reason=first_line(error)) from error
