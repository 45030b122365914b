"""Whether a training is compiled: decided once, from the pace of its first steps and the steps that are left."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import torch

from storyflower.digests import digest_of
from storyflower.training.compile_costs import ASSUMED, CompileCosts
from storyflower.training.job import Job
from storyflower.training.ranks import Ranks
from storyflower.training.static_shape import StaticShape

WARM_UP = 4
"""Steps that are not timed: libraries choose kernels, and on GPUs the step is recorded as a CUDA graph."""
TIMED = 6
"""Steps of which the pace is the median, before and again after compiling."""
DECIDED_AFTER = WARM_UP + TIMED
"""Steps of the training after which it is decided."""


class CompileChoice:
    """The decision for one training, and the measurements before and after it.

    What compiling costs is what it cost before on this machine (`CompileCosts`). A checkpoint records the decision, so
    that a resumed training is compiled if it was compiled before the interruption.
    """

    def __init__(self, job: Job[Any], ranks: Ranks, costs: CompileCosts) -> None:
        self._job, self._ranks, self._costs = job, ranks, costs
        self.compiled: bool | None = None if job.compiling == "auto" else job.compiling == "on"
        """None until it is decided."""
        self._machine = f"{job.hardware.recorded}, {job.precision}"
        self._before: list[float] = []
        self._after: list[float] = []
        self._graph = ""
        self._to_skip = WARM_UP

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Time the step within the block, if its pace is still needed; the block then ends when the device is idle."""
        steps = self._after if self.compiled else self._before
        if len(steps) == TIMED or self.compiled is False:
            yield
            return
        self._wait()
        began = time.perf_counter()
        yield
        self._wait()
        if self._to_skip:
            self._to_skip -= 1
            return
        steps.append(time.perf_counter() - began)
        if self.compiled and len(steps) == TIMED and self._before and self._graph and self._ranks.index == 0:
            self._costs.note_saved(self._graph, 1 - median(self._after) / median(self._before))

    def decide(self, steps_done: int, steps_left: int, shape: StaticShape) -> bool:
        """Decide after a step, if it is time to; returns whether the training is to be compiled from now on.

        All ranks must call this after each step, and decide alike: by the majority of them.

        Args:
            steps_done: of the whole training.
            steps_left: of the whole training.
            shape: of the batches.
        """
        if self.compiled is not None or steps_done < DECIDED_AFTER or not self._before:
            return False
        expected = self._costs.expected(self._graph_of(shape), self._machine, ASSUMED[self._job.hardware.device])
        vote = torch.tensor([expected.pays(median(self._before), steps_left)], dtype=torch.float32)
        (votes,) = self._ranks.total(vote.to(self._job.hardware.device))
        self.compiled = votes > self._ranks.count / 2
        return self.compiled

    def note_compiled(self, seconds: float, shape: StaticShape) -> None:
        """Remember what compiling for a shape took."""
        self._graph, self._to_skip = self._graph_of(shape), WARM_UP
        self._after.clear()
        if self._ranks.index == 0:
            self._costs.note(self._graph, self._machine, seconds)

    def _graph_of(self, shape: StaticShape) -> str:
        """Digest of what the compiled code depends on."""
        config = self._job.model.config
        sizes = (
            "model_type",
            "num_hidden_layers",
            "hidden_size",
            "num_attention_heads",
            "intermediate_size",
            "hidden_act",
        )
        return digest_of(
            {
                "torch": torch.__version__,
                "machine": self._machine,
                "config": {name: getattr(config, name) for name in sizes},
                "shape": {"bounds": shape.bounds, "spare_rows": shape.spare_rows, "tokens": shape.tokens},
            }
            | ({"without_gradient": True} if self._job.recipe.rdrop else {})  # a second graph is compiled
        )

    def _wait(self) -> None:
        if self._job.hardware.device == "cuda":
            torch.cuda.synchronize()
