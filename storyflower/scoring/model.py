"""The registered model that scores: what is known of it before it is loaded, and how it is loaded."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import torch

from storyflower.model.devices import Device, computing_threads, find_hardware
from storyflower.model.session import SessionPrecision
from storyflower.model.torch_session import precision_of


@dataclass(frozen=True)
class ScoringModel:
    """A version of a registered model."""

    name: str
    version: str
    digest: str
    """Of the model's files."""
    created: datetime | None
    """When it was registered; None where that is not known."""
    demo: bool
    """Whether it is the demo's, which answers nothing of worth about real texts."""
    labels: tuple[str, ...]
    text_columns: tuple[str, ...]
    folder: Path
    """The model directory, verified."""
    label_weights: tuple[float, ...] = ()
    """See `ModelFormat.label_weights`."""
    merged_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that training counted as another: see `ModelFormat`."""

    @property
    def reference(self) -> str:
        """`NAME/3`, as the commands take it."""
        return f"{self.name}/{self.version}"


@dataclass(frozen=True)
class Compute:
    """Where and with how many threads answers are computed; the same everywhere, so that answers are the same."""

    device: Device = "auto"
    threads: int = 0
    """Of one process; as many as PyTorch takes by itself where 0."""
    precision: SessionPrecision = "fp32"

    @classmethod
    def here(cls, device: Device) -> "Compute":
        """As this process computes: in bf16 where its hardware has it, which workers then emulate if theirs has not."""
        return cls(device, torch.get_num_threads(), precision_of(find_hardware(device), "auto"))

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Within it, PyTorch computes with these threads."""
        with computing_threads(self.threads or torch.get_num_threads()):
            yield
