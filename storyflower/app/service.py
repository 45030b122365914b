"""The parts of one server, put together."""

from dataclasses import dataclass, field

import torch

from storyflower.app.access import Access
from storyflower.app.boundary import Traffic
from storyflower.app.following import Follower
from storyflower.app.limits import Limits
from storyflower.app.metrics import Metrics
from storyflower.app.text_queue import TextQueue
from storyflower.model.devices import Device, find_hardware
from storyflower.model.session import WantedPrecision
from storyflower.registry.references import ModelReference
from storyflower.storage.home import Home


@dataclass(frozen=True)
class Service:
    """What the endpoints work with."""

    home: Home
    device: Device
    follower: Follower
    queue: TextQueue
    access: Access
    metrics: Metrics
    limits: Limits
    threshold: float | None
    """In force where a request brings none."""
    traffic: Traffic = field(default_factory=Traffic)


def service_of(
    home: Home,
    reference: ModelReference,
    access: Access,
    *,
    threshold: float | None = None,
    device: Device = "auto",
    precision: WantedPrecision = "auto",
    limits: Limits | None = None,
) -> Service:
    """The parts of a server of one registered model, its version loaded.

    Raises:
        TrackingError: there is no such version, it does not load or answer, or the store does not answer.
    """
    metrics, limits = Metrics(), limits or Limits()
    follower = Follower(home, reference, device=device, precision=precision, metrics=metrics)
    threads = torch.get_num_threads() if find_hardware(device).device == "cpu" else 1
    queue = TextQueue(follower.current, limits, metrics, threads)
    return Service(home, device, follower, queue, access, metrics, limits, threshold)
