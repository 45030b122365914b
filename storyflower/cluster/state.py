"""What a running cluster leaves in its folder: a lock, and how other commands reach it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from pydantic import BaseModel, ConfigDict

from storyflower.atomic import write_privately
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.processes import ProcessMark, this_process

_LOCK, _RUNNING = "lock", "running.json"
_SECONDS_TO_END = 60.0


class Running(BaseModel):
    """A cluster that runs, in a file that its owner alone may read."""

    model_config = ConfigDict(frozen=True)

    process: str
    """Mark of the process in the foreground."""
    environment: dict[str, str]
    """Of the processes that use the cluster, with its passwords; empty while it starts."""


@contextmanager
def sole(folder: Path) -> Iterator[int]:
    """Inside, no other process runs a cluster in the folder; the file descriptor of the lock is yielded.

    Every process that keeps a service holds it too: the lock is free once all of them have ended. After a SIGKILL of
    the process in the foreground, that takes a moment, for which the next one waits.

    Raises:
        StoryFlowerError: a cluster is running, or processes of a former one do not end.
    """
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        latest = monotonic() + _SECONDS_TO_END
        while not _locked(descriptor):
            known = _known(folder)
            if known is not None and not _has_ended(known):
                raise problem(StoryFlowerError, "cluster_running", str(folder), pid=_pid(known))
            if monotonic() > latest:
                raise problem(StoryFlowerError, "cluster_ending", str(folder))
            sleep(0.2)
        announce(folder, {})
        try:
            yield descriptor
        finally:
            (folder / _RUNNING).unlink()
    finally:
        os.close(descriptor)


def announce(folder: Path, environment: dict[str, str]) -> None:
    """Let other commands find this process as the cluster of the folder."""
    write_privately(folder / _RUNNING, Running(process=str(this_process()), environment=environment).model_dump_json())


def running(folder: Path) -> Running:
    """The cluster that runs in the folder.

    Raises:
        StoryFlowerError: none does, or it is still starting.
    """
    known = _known(folder)
    if known is None or _has_ended(known) or not known.environment:
        raise problem(StoryFlowerError, "cluster_not_running", str(folder))
    return known


def _known(folder: Path) -> Running | None:
    try:
        return Running.model_validate_json((folder / _RUNNING).read_text("utf-8"))
    except FileNotFoundError:
        return None


def _has_ended(known: Running) -> bool:
    return ProcessMark.parse(known.process).has_ended() is True


def _pid(known: Running) -> int:
    return ProcessMark.parse(known.process).pid


def _locked(descriptor: int) -> bool:
    import fcntl  # not on Windows, where `cluster up` reports so before

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
