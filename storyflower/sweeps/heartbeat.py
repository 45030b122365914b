"""The heartbeat of a trial on a worker, by which the sweep notices a machine that dies."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from storyflower.errors import StudyError
from storyflower.sweeps.study import OpenTrial, Study
from storyflower.sweeps.study_store import HEARTBEAT_SECONDS

log = logging.getLogger("storyflower.sweep")


@contextmanager
def taken_trial(study: Study, index: int, worker: str) -> Iterator[OpenTrial]:
    """Open a trial on a worker, see `Study.take`; within it, a thread sends heartbeats.

    Raises:
        StudyError: the trial is over, or another worker has taken it.
    """
    trial, ending = study.take(index, worker), Event()

    def beat() -> None:
        while not ending.wait(HEARTBEAT_SECONDS):
            try:
                study.beat(trial)
            except StudyError as error:
                log.warning("%s", error)  # the training goes on: its next report shows if the trial is still its own

    beating = Thread(target=beat, name="heartbeat", daemon=True)
    beating.start()
    try:
        yield trial
    finally:
        ending.set()
        beating.join()
