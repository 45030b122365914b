"""What the server counts, for Prometheus at `/metrics`. No label of a metric holds any part of a text."""

from collections import Counter as Counted

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from storyflower.app.answers import Answered
from storyflower.registry.opened import OpenVersion

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)


class Metrics:
    """The metrics of one server, in a registry of its own."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        ProcessCollector(registry=own)
        PlatformCollector(registry=own)
        self.requests = Counter("storyflower_requests", "Requests answered.", ("path", "status"), registry=own)
        self.seconds = Histogram(
            *("storyflower_request_seconds", "From a request's arrival to its answer."),
            *(("path",),),
            buckets=_SECONDS,
            registry=own,
        )
        self.hang_ups = Counter("storyflower_hang_ups", "Clients that left before the answer.", registry=own)
        self.texts = Counter("storyflower_texts", "Texts answered.", registry=own)
        self.waiting = Gauge("storyflower_waiting_texts", "Texts that wait for an answer.", registry=own)
        self.batch_texts = Histogram(
            "storyflower_batch_texts", "Texts answered together.", buckets=_TEXTS, registry=own
        )
        self.batch_seconds = Histogram(
            "storyflower_batch_seconds", "Computing of a batch.", buckets=_SECONDS, registry=own
        )
        self.labels = Counter("storyflower_labels", "Answers, by label.", ("label",), registry=own)
        self.model = Gauge(
            "storyflower_model", "1 for the version that answers.", ("name", "version", "digest"), registry=own
        )
        self.swaps = Counter("storyflower_swaps", "New versions that took over.", registry=own)
        self.alias_errors = Counter(
            "storyflower_alias_errors",
            "Looks at the registry that failed, and versions that did not load.",
            registry=own,
        )

    def show_version(self, version: OpenVersion) -> None:
        """The version that answers from now on."""
        self.model.clear()
        self.model.labels(version.name, version.version, version.digest).set(1)

    def count_answers(self, answered: Answered) -> None:
        """Count the labels that are answered, before any threshold."""
        for number, count in Counted(answered.decided.tolist()).items():
            self.labels.labels(answered.version.predictor.labels[number]).inc(count)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
