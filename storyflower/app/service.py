"""The parts of one server."""

from dataclasses import dataclass, field

from storyflower.app.access import Access
from storyflower.app.boundary import Traffic
from storyflower.app.following import Follower
from storyflower.app.limits import Limits
from storyflower.app.metrics import Metrics
from storyflower.app.text_queue import TextQueue


@dataclass(frozen=True)
class Service:
    """What the endpoints work with."""

    follower: Follower
    queue: TextQueue
    access: Access
    metrics: Metrics
    limits: Limits
    threshold: float | None
    """In force where a request brings none."""
    traffic: Traffic = field(default_factory=Traffic)
