"""A lease: which machine is computing something, so that others wait for its result instead of computing it too.

For stages a lease saves work and guards nothing: results are settled by their manifests, whoever computed them. What
must not be done twice asks `confirm` just before it. A lease is an object that its holder updates at intervals, each
time with If-Match. Whoever waits takes it over when it was released, when
its holder is a process of the same machine that has ended, or when it has not changed for `PATIENCE` seconds by the
waiting machine's own clock, so that clocks need not agree. Equal bodies have equal ETags, which is why a body contains
a nonce and a counter.
"""

import logging
import time
from threading import Event, RLock, Thread
from types import TracebackType
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from storyflower.errors import SharedStoreError
from storyflower.messages import say
from storyflower.processes import ProcessMark, this_process
from storyflower.storage.objects import Found, Objects, Version

log = logging.getLogger(__name__)

BEAT = 10.0
"""Seconds between two updates by the holder."""
LOOK = 2.0
"""Seconds between two looks of a machine that waits."""
PATIENCE = 60.0
"""Seconds without an update after which a lease is taken over."""


class LeaseState(BaseModel):
    """The content of the object."""

    model_config = ConfigDict(frozen=True)

    nonce: str
    """Of the holder's `Lease`."""
    owner: str
    """The holder's `ProcessMark`."""
    beats: int = 0
    """Updates by the holder."""
    released: bool = False


class Lease:
    """A lease under a name in a shared store; as a context manager it releases what was acquired."""

    def __init__(self, objects: Objects, name: str) -> None:
        self._objects, self._name = objects, name
        self._state = LeaseState(nonce=uuid4().hex, owner=str(this_process()))
        self._version: Version | None = None
        self._seen: tuple[Version, float] | None = None
        self._ending = Event()
        self._beating: Thread | None = None
        self._writing = RLock()
        """Held while the state is changed: the thread updates it, and so does `confirm`."""

    def __enter__(self) -> "Lease":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> str | None:
        """Try once to acquire the lease; return None if it is held now, else the mark of the process that holds it.

        While it is held, a thread updates it.

        Raises:
            SharedStoreError: see `Objects`.
        """
        found = self._objects.read(self._name)
        state = None if found is None else _parsed(found)
        if found is None:
            self._version = self._objects.create(self._name, self._body())
        elif state is not None and state.nonce == self._state.nonce:  # created by a try whose answer was lost
            self._version = found.version
        elif self._may_take(found, state):
            self._version = self._objects.replace(self._name, self._body(), found.version)
        if self._version is None:
            return "?" if state is None else state.owner
        self._beating = Thread(target=self._beat, name="lease", daemon=True)
        self._beating.start()
        return None

    def confirm(self) -> bool:
        """Update the lease now; return whether it is still this one's. It then is for the next `PATIENCE` seconds.

        Raises:
            SharedStoreError: see `Objects`.
        """
        with self._writing:
            self._count_and_update()
            return self._version is not None

    def release(self) -> None:
        """End the updates, and let others acquire the lease at once; nothing is done if it is not held.

        A store that cannot be reached is logged: the lease then expires.
        """
        if self._beating is None:
            return
        self._ending.set()
        self._beating.join()
        self._beating = None
        self._state = self._state.model_copy(update={"released": True})
        try:
            self._update()
        except SharedStoreError as error:
            log.warning(say("log.lease_not_updated", error=error))

    def _body(self) -> bytes:
        return self._state.model_dump_json().encode()

    def _may_take(self, found: Found, state: LeaseState | None) -> bool:
        """Return whether the lease that was found is released, its holder has ended, or it has expired."""
        if state is not None and (state.released or _has_ended(state.owner)):
            return True
        if self._seen is None or self._seen[0] != found.version:
            self._seen = (found.version, time.monotonic())
            return False
        return time.monotonic() - self._seen[1] >= PATIENCE

    def _beat(self) -> None:
        while not self._ending.wait(BEAT):
            try:
                with self._writing:
                    self._count_and_update()
            except SharedStoreError as error:
                log.warning(say("log.lease_not_updated", error=error))
            if self._version is None:
                log.warning(say("log.lease_lost", name=self._name))
                return

    def _count_and_update(self) -> None:
        self._state = self._state.model_copy(update={"beats": self._state.beats + 1})
        self._update()

    def _update(self) -> None:
        """Write the state; the version is None afterwards if another machine has taken the lease over."""
        for _ in range(2):
            if self._version is None:
                return
            version = self._objects.replace(self._name, self._body(), self._version)
            if version is not None:
                self._version = version
                return
            # Another holder's now, or changed by an own update whose answer was lost, after which it is tried again.
            found = self._objects.read(self._name)
            state = None if found is None else _parsed(found)
            mine = state is not None and state.nonce == self._state.nonce
            self._version = found.version if mine and found is not None else None


def _parsed(found: Found) -> LeaseState | None:
    """Return the state of a lease; None if it cannot be read, so that it is taken over when it expires."""
    try:
        return LeaseState.model_validate_json(found.content)
    except ValidationError:
        return None


def _has_ended(owner: str) -> bool:
    """Return whether the holder is a process of this machine, since its last start, that has ended."""
    try:
        mark = ProcessMark.parse(owner)
    except ValueError:
        return False
    return mark.boot == this_process().boot and bool(mark.has_ended())
