"""A training step recorded as a CUDA graph: its kernels are launched at once, and the host hardly works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor

from storyflower.training.layout import TrainingBatch


class RecordedStep:
    """Runs a recorded step on other batches of the same shape, by copying them to where the recording reads.

    As in PyTorch's notes on whole-network capture (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
    """

    def __init__(
        self, step: Callable[[TrainingBatch], None], example: TrainingBatch, stream: torch.cuda.Stream
    ) -> None:
        """Record `step`, which must have run before on that stream (`on_side_stream`); recording runs nothing.

        Raises:
            RuntimeError: the step waits for the host somewhere, or there is too little memory for its own pool.
        """
        packed: Any = {name: value.clone() for name, value in _tensors(example.packed).items()}
        self._batch = TrainingBatch(
            replace(example.packed, **packed), labels=example.labels.clone(), shares=example.shares.clone()
        )
        self._graph = torch.cuda.CUDAGraph()
        current = torch.cuda.current_stream()
        try:
            with torch.cuda.graph(self._graph, stream=stream):
                step(self._batch)
        except Exception:
            _leave_broken_recording(current)
            raise

    def __call__(self, batch: TrainingBatch) -> None:
        """Run the step on a batch."""
        for place, value in zip(_inputs(self._batch), _inputs(batch), strict=True):
            place.copy_(value, non_blocking=True)
        self._graph.replay()


def _leave_broken_recording(stream: torch.cuda.Stream) -> None:
    """What PyTorch leaves undone then: it stays on the other stream, and takes its random numbers for recorded ones."""
    torch.cuda.set_stream(stream)
    generator = torch.cuda.default_generators[torch.cuda.current_device()]
    generator.graphsafe_set_state(generator.clone_state())


def side_stream() -> torch.cuda.Stream:
    """A stream for steps that are to be recorded: what a recording runs must have been warmed up on such a one."""
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


@contextmanager
def on_side_stream(stream: torch.cuda.Stream) -> Iterator[None]:
    """Within it, work goes to `stream`, after what was given to the current one and before what will be."""
    current = torch.cuda.current_stream()
    stream.wait_stream(current)
    try:
        with torch.cuda.stream(stream):
            yield
    finally:
        current.wait_stream(stream)


def _inputs(batch: TrainingBatch) -> list[Tensor]:
    return [*_tensors(batch.packed).values(), batch.labels, batch.shares]


def _tensors(packed: object) -> dict[str, Tensor]:
    values = {field.name: getattr(packed, field.name) for field in fields(packed)}  # type: ignore[arg-type]
    return {name: value for name, value in values.items() if isinstance(value, Tensor)}
