"""The version that answers: it follows its alias, so that a promotion or rollback is in force within seconds.

The new version is loaded beside the one that answers, answers the example sentences, and takes its place. Where that
fails, or the registry does not answer, the one in force stays.
"""

import gc
import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from storyflower.app.metrics import Metrics
from storyflower.disk_errors import storage_problem
from storyflower.errors import StoryFlowerError, TrackingError
from storyflower.messages import problem, say
from storyflower.model.devices import Device
from storyflower.model.session import WantedPrecision
from storyflower.registry.interface import EXAMPLE
from storyflower.registry.lookup import named_version
from storyflower.registry.opened import OpenVersion, open_version
from storyflower.registry.references import ModelReference
from storyflower.serving.memory import release_free_memory
from storyflower.storage.home import Home
from storyflower.tracking.problems import unreachable

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 2.0
_LONGEST_PAUSE = 60.0
"""Seconds until a version that did not load is tried again, after several tries."""
_SECONDS_TO_END = 5.0


@dataclass(frozen=True)
class AliasError:
    """Why the alias could not be followed at the last look."""

    message: str
    since: datetime


class Follower:
    """Holds the version that answers, and looks every two seconds where its alias points."""

    def __init__(
        self, home: Home, reference: ModelReference, *, device: Device, precision: WantedPrecision, metrics: Metrics
    ) -> None:
        """Open the version.

        Raises:
            TrackingError: there is none, it does not load or answer, or the store does not answer.
        """
        self._home = home
        self.reference = reference
        self._device: Device = device
        self._precision = precision
        self._metrics = metrics
        self._current = self._opened(reference)
        self._error: AliasError | None = None
        self._pause = SECONDS_BETWEEN_LOOKS
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follow-alias", daemon=True)
        metrics.show_version(self._current)

    @property
    def error(self) -> AliasError | None:
        """Of the last look; None where it succeeded."""
        return self._error

    def current(self) -> OpenVersion:
        """The version that answers now."""
        return self._current

    def start(self) -> None:
        """Follow the alias in a thread of its own; a version by its number stays."""
        if self.reference.alias is not None:
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(_SECONDS_TO_END)

    def _follow(self) -> None:
        while not self._ended.wait(self._pause):
            self.look()
            release_free_memory()

    def look(self) -> None:
        """Bring the version in force up to date, or keep it and note why not."""
        try:
            number = str(named_version(self._home, self.reference).version)
        except Exception as error:  # whatever the registry fails with, answering goes on
            self._note(error)
            return
        try:
            if number != self._current.version:
                self._swap(self._opened(ModelReference(self.reference.name, number)))
        except Exception as error:  # the version in force stays
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            self._note(error)
            return
        self._pause = SECONDS_BETWEEN_LOOKS
        self._error = None

    def _opened(self, reference: ModelReference) -> OpenVersion:
        """A version that has answered the example sentences."""
        opened = open_version(self._home, reference, device=self._device, precision=self._precision)
        sums = opened.predictor.probabilities(EXAMPLE).sum(axis=1)
        if not ((sums > 0.999) & (sums < 1.001)).all():
            raise problem(TrackingError, "no_probabilities", reference.uri)
        return opened

    def _swap(self, opened: OpenVersion) -> None:
        former, self._current = self._current.version, opened
        self._metrics.show_version(opened)
        self._metrics.swaps.inc()
        log.info(say("serve.swapped", former=former, version=opened.version, name=opened.name))
        gc.collect()  # the former version's weights, which lie in cycles

    def _note(self, error: Exception) -> None:
        known = error if isinstance(error, StoryFlowerError) else None
        known = known or storage_problem(error, self._home.folder) or unreachable(error, self._home)
        message = str(known) if known else f"{type(error).__name__}: {error}"
        if self._error is None or self._error.message != message:
            self._error = AliasError(message, datetime.now(UTC))
            log.warning(say("serve.kept", version=self._current.version, reason=message))
        self._metrics.alias_errors.inc()
