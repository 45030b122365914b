"""Leases and conditional writes on a real S3 server: one winner of every race, and a lease that ends or expires."""

import json
import multiprocessing
import os
import threading
from collections import Counter
from dataclasses import replace
from multiprocessing.synchronize import Barrier

import pytest

from storyflower.processes import ProcessMark, this_process
from storyflower.spawning import this_package_first
from storyflower.storage import lease as leases
from storyflower.storage import objects as objects_module
from storyflower.storage.lease import Lease, LeaseState
from storyflower.storage.objects import Objects
from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.usefixtures("in_english"), pytest.mark.server]

PROCESSES, ROUNDS = 8, 40
Outcomes = list[tuple[str, int, bool]]
"""What was raced for, the round, and whether the process won."""


def race(address: str, barrier: Barrier, results: "multiprocessing.Queue[Outcomes]") -> None:
    """One of several processes: in each round all create one object, and all acquire one lease.

    In every other round the lease is one that was released, and is taken over with If-Match.
    """
    objects_module._LONGEST_PAUSE = 0.01  # before another try, which the server asks of some losers by a status of 409
    objects = Objects(address)
    objects.read("warm")
    outcomes: Outcomes = []
    for number in range(ROUNDS):
        lease = Lease(objects, f"lease/{number}")
        barrier.wait(GIVE_UP_S)
        outcomes.append(("create", number, objects.create(f"create/{number}", str(os.getpid()).encode()) is not None))
        outcomes.append(("lease", number, lease.acquire() is None))
        barrier.wait(GIVE_UP_S)  # all have tried before it is released
        lease.release()
    results.put(outcomes)


def test_every_race_has_exactly_one_winner(shared_store: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    objects, barrier, results = Objects(shared_store), spawn.Barrier(PROCESSES), spawn.Queue()
    for number in range(0, ROUNDS, 2):
        released = LeaseState(nonce="former", owner="elsewhere/1/", released=True)
        objects.put(f"lease/{number}", released.model_dump_json().encode())
    processes = [spawn.Process(target=race, args=(shared_store, barrier, results)) for _ in range(PROCESSES)]
    with this_package_first():
        for process in processes:
            process.start()
    outcomes = [outcome for _ in processes for outcome in results.get(timeout=GIVE_UP_S)]
    for process in processes:
        process.join()
    winners = Counter((what, number) for what, number, won in outcomes if won)
    assert winners == {(what, number): 1 for what in ("create", "lease") for number in range(ROUNDS)}


def test_a_released_lease_is_acquired_at_once_and_its_thread_has_ended(shared_store: str) -> None:
    objects = Objects(shared_store)
    first, second = Lease(objects, "lease"), Lease(objects, "lease")
    with first:
        assert first.acquire() is None
        holder = second.acquire()
        assert holder is not None
        assert ProcessMark.parse(holder) == this_process()
    assert "lease" not in {thread.name for thread in threading.enumerate()}
    with second:
        assert second.acquire() is None


def state(objects: Objects, name: str = "lease") -> LeaseState:
    found = objects.read(name)
    assert found is not None
    return LeaseState.model_validate_json(found.content)


def wait_for_beats(objects: Objects, more_than: int) -> None:
    while state(objects).beats <= more_than:
        threading.Event().wait(0.02)


def test_a_holder_that_updates_keeps_the_lease_and_one_that_does_not_loses_it(
    shared_store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.05)
    objects = Objects(shared_store)
    holder, waiting = Lease(objects, "lease"), Lease(objects, "lease")
    assert holder.acquire() is None
    assert waiting.acquire() is not None
    wait_for_beats(objects, 3)
    monkeypatch.setattr(leases, "PATIENCE", 0.0)
    assert waiting.acquire() is not None  # it has changed since
    holder._ending.set()  # as a process that is suspended
    holder._beating.join()
    while waiting.acquire() is not None:  # at the second look at its last state
        pass
    holder.release()  # changes nothing
    assert state(objects).nonce == waiting._state.nonce
    assert not state(objects).released
    waiting.release()
    assert state(objects).released


def test_a_holder_whose_lease_was_taken_over_ends_its_updates(
    shared_store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.05)
    objects = Objects(shared_store)
    with Lease(objects, "lease") as lease:
        assert lease.acquire() is None
        taken = LeaseState(nonce="another", owner="elsewhere/1/")
        objects.put("lease", taken.model_dump_json().encode())
        lease._beating.join(GIVE_UP_S)
        assert not lease._beating.is_alive()
    assert "another machine has taken this work over" in caplog.text
    assert state(objects) == taken


def test_the_lease_of_a_process_of_this_machine_that_has_ended_is_taken_at_once(shared_store: str) -> None:
    objects, mark = Objects(shared_store), this_process()
    gone = replace(mark, pid=4_194_303)
    for owner in (gone, ProcessMark(mark.host, gone.pid, mark.began)):  # the second by an earlier release
        objects.put("lease", LeaseState(nonce="its", owner=str(owner)).model_dump_json().encode())
        with Lease(objects, "lease") as lease:
            assert lease.acquire() is None
    of_the_same_name = replace(gone, system="0123456789abcdef.4026531836")
    elsewhere = ProcessMark("another host", mark.pid, mark.began)
    after_a_restart = ProcessMark(mark.host, 4_194_303, "another boot:12")
    for owner in (of_the_same_name, elsewhere, after_a_restart, "no mark"):
        objects.put("lease", LeaseState(nonce="its", owner=str(owner)).model_dump_json().encode())
        assert Lease(objects, "lease").acquire() == str(owner)


def test_a_lease_that_cannot_be_read_expires(shared_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "PATIENCE", 0.0)
    objects = Objects(shared_store)
    objects.put("lease", json.dumps({"a": 1}).encode())
    with Lease(objects, "lease") as lease:
        assert lease.acquire() == "?"
        assert lease.acquire() is None


def test_an_update_whose_answer_was_lost_does_not_end_the_lease(shared_store: str) -> None:
    """The object then has another version than the one that is known, and the nonce of its holder."""
    objects = Objects(shared_store)
    with Lease(objects, "lease") as lease:
        assert lease.acquire() is None
        changed = lease._state.model_copy(update={"beats": 7})
        objects.put("lease", changed.model_dump_json().encode())
    assert state(objects).released
