"""Lets one process at a time change the registry: among those of a home, and among all machines that share it.

MLflow has no compare-and-set for an alias, and finds versions by search: what is read before a change must still hold
when the change is made. The processes of a home wait for each other by a lock file. Machines that share a registry wait
by an advisory lock where it is in PostgreSQL, and else by a lease in the shared store, if there is one. Of a registry
behind an MLflow server, without a shared store, only the lock file is left.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import sha256
from time import sleep
from typing import Literal, Protocol

from storyflower.errors import TrackingError
from storyflower.messages import problem, say
from storyflower.processes import ProcessMark
from storyflower.storage import lease as leases
from storyflower.storage.home import Home
from storyflower.storage.lease import Lease
from storyflower.storage.objects import Objects
from storyflower.storage.shared import LEASES
from storyflower.storage.waiting import held
from storyflower.tracking.advisory_lock import advisory_lock

log = logging.getLogger(__name__)

Guarded = Literal["registration", "promotion"]
"""From the search for a version of a model to its registration; from a judgement to the move of the alias."""


class Held(Protocol):
    """A lock that is held."""

    def confirm(self) -> None:
        """Check, just before the change that it guards, that the lock is still held.

        Raises:
            TrackingError: it is not: another machine may have made a change.
            SharedStoreError: the shared store with the lease cannot be reached.
        """


@contextmanager
def one_at_a_time(home: Home, guarded: Guarded) -> Iterator[Held]:
    """Hold the lock of the home's registered model; a process that has to wait says so in the log.

    It is freed at once when the process dies; a lease, after a minute by another machine.

    Raises:
        TrackingError: the database of the registry cannot be used.
        SharedStoreError: nor can the shared store with the lease.
    """
    with held(home.lock(guarded), lambda: _say_busy(guarded, None)), _between_machines(home, guarded) as lock:
        yield lock


def _between_machines(home: Home, guarded: Guarded) -> AbstractContextManager[Held]:
    if home.uses_postgres:
        return advisory_lock(home, f"storyflower {guarded} {home.model}", lambda holder: _say_busy(guarded, holder))
    if home.store and not home.uses_local_store and Objects(home.store).compares:
        return _leased(home.store, home.model, guarded)
    return nullcontext(_OnlyInThisHome())


class _OnlyInThisHome:
    """The lock file alone: it is held as long as the process lives."""

    def confirm(self) -> None:
        """Check nothing."""


class _Leased:
    """A lease that is held."""

    def __init__(self, lease: Lease, place: str) -> None:
        self._lease, self._place = lease, place

    def confirm(self) -> None:
        """See `Held`."""
        if not self._lease.confirm():
            lost = problem(TrackingError, "lock_lost", self._place, reason=say("lock.taken_over"))
            lost.retryable = True
            raise lost


@contextmanager
def _leased(store: str, model: str, guarded: Guarded) -> Iterator[Held]:
    """Hold a lease in the shared store, named by the model alone: machines may address one server differently."""
    objects = Objects(store)
    with Lease(objects, f"{LEASES}/{guarded}/{sha256(model.encode()).hexdigest()[:32]}") as lease:
        holder = lease.acquire()
        if holder is not None:
            _say_busy(guarded, _host_and_pid(holder))
        while holder is not None:
            sleep(leases.LOOK)
            holder = lease.acquire()
        yield _Leased(lease, objects.place)


def _host_and_pid(holder: str) -> str:
    try:
        mark = ProcessMark.parse(holder)
    except ValueError:
        return holder
    return f"{mark.host} {mark.pid}"


def _say_busy(guarded: Guarded, holder: str | None) -> None:
    """Log what is waited for, with the process that holds the lock if it is not one of this home."""
    where = say("lock.of_this_home") if holder is None else say("lock.held_by", holder=holder)
    log.warning(say(f"lock_wait.{guarded}", where=where))
