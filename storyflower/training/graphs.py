"""A training step recorded as a CUDA graph, which launches all its kernels with one call of the host."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor

from storyflower.training.layout import TrainingBatch


class RecordedStep:
    """Replays a recorded step on other batches of the same shape, which are copied into the recorded tensors.

    As in PyTorch's notes on whole-network capture (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
    """

    def __init__(
        self, step: Callable[[TrainingBatch], None], example: TrainingBatch, stream: torch.cuda.Stream
    ) -> None:
        """Record `step`, which must have run on that stream before (`on_side_stream`); recording does not execute it.

        Raises:
            RuntimeError: the step synchronises with the host, or there is too little memory for the pool of the graph.
        """
        packed: Any = {name: value.clone() for name, value in _tensors(example.packed).items()}
        self._batch = TrainingBatch(
            replace(example.packed, **packed),
            labels=example.labels.clone(),
            targets=example.targets.clone(),
            shares=example.shares.clone(),
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
    """Undo what PyTorch leaves after a failed recording: the current stream, and a generator in the recording state."""
    torch.cuda.set_stream(stream)
    generator = torch.cuda.default_generators[torch.cuda.current_device()]
    generator.graphsafe_set_state(generator.clone_state())


def side_stream() -> torch.cuda.Stream:
    """A stream for steps that will be recorded; they must be warmed up on a side stream."""
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


@contextmanager
def on_side_stream(stream: torch.cuda.Stream) -> Iterator[None]:
    """Queue the work of the block on `stream`, after the current stream's earlier work and before its later work."""
    current = torch.cuda.current_stream()
    stream.wait_stream(current)
    try:
        with torch.cuda.stream(stream):
            yield
    finally:
        current.wait_stream(stream)


def _inputs(batch: TrainingBatch) -> list[Tensor]:
    return [*_tensors(batch.packed).values(), batch.labels, batch.targets, batch.shares]


def _tensors(packed: object) -> dict[str, Tensor]:
    values = {field.name: getattr(packed, field.name) for field in fields(packed)}  # type: ignore[arg-type]
    return {name: value for name, value in values.items() if isinstance(value, Tensor)}
