"""What a worker of a Ray cluster does: it receives the model's files once, and answers shards."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from storyflower.scoring.model import Compute
from storyflower.serving.memory import release_free_memory
from storyflower.serving.predictor import load_predictor


class ShardWorker:
    """An actor of Ray Data; StoryFlower is installed where it runs, and nothing of the home is needed there."""

    def __init__(self, files: Sequence[Any], compute: Compute) -> None:
        """Write the model's files to a folder of the worker's own, and load it.

        Args:
            files: a reference to them in Ray's object store: their content by name.
            compute: with which device, threads and precision.
        """
        import ray

        self._compute = compute
        self._folder = TemporaryDirectory(prefix="storyflower-model-")
        for name, content in ray.get(files[0]).items():
            file = Path(self._folder.name) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self._predictor = load_predictor(Path(self._folder.name), compute.device, compute.precision)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The answers to the shards of a batch: `place` as given, and `answers`, float64 as bytes."""
        with self._compute.in_force():
            answers = [self._predictor.probabilities(json.loads(texts)).tobytes() for texts in batch["texts"]]
        release_free_memory()
        return {"place": batch["place"], "answers": np.array(answers, dtype=object)}
