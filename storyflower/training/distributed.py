"""Training on several devices, of one machine or of several, with one process per device.

DistributedDataParallel averages the gradients (Li et al. 2020, https://arxiv.org/abs/2006.15704), over NCCL between
GPUs and over gloo between processes on the CPU. The batch size is the recipe's for any number of ranks: each rank takes
its share of every batch.
"""

import gc
import os
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storyflower.errors import StoryFlowerError
from storyflower.messages import say
from storyflower.model.devices import require_devices
from storyflower.spawning import this_package_first
from storyflower.training.agent import TrainingAgent
from storyflower.training.epochs import TrainingResult
from storyflower.training.job import Job
from storyflower.training.membership import run_rank
from storyflower.training.progress import R, RecordObserver
from storyflower.training.rendezvous import rendezvous_of
from storyflower.training.reports import Reports, Sender


def run_on_ranks(job: Job[R], observers: Sequence[RecordObserver[R]]) -> TrainingResult[R]:
    """Run a job on the recipe's ranks; the weights are in its checkpoints afterwards, not in `job.model`.

    A rank that is lost makes all of them start again from the last checkpoint. The ranks end with this process.

    Raises:
        StoryFlowerError: the machine has fewer GPUs, ranks were lost again and again, or `run_epochs` raised it in a
            rank of this machine.
        RecipeError: several machines have no place to meet.
    """
    require_devices(job.hardware, job.recipe.devices)
    meeting = rendezvous_of(job.recipe)
    reports = Reports(observers)
    handler = meeting.opened()
    try:
        if meeting.nodes > 1:
            reports.note(say("training.waiting", nodes=meeting.nodes - 1, place=meeting.place))
        with tempfile.TemporaryDirectory(prefix="storyflower-ranks-") as folder, this_package_first():
            TrainingAgent(job, _run_rank, handler, reports, Path(folder)).train()
    finally:
        reports.close()
        handler.shutdown()
        del handler
        gc.collect()  # a store that still listens would keep the next training's machines from meeting
    if reports.result is None:
        raise RuntimeError("all ranks have ended well, and none of them sent a result")
    return reports.result


def _run_rank(job: Job[Any], senders: list[Sender]) -> None:
    """Run one rank of the machine that has the job.

    Args:
        job: the training.
        senders: of the ranks of this machine; this one's receives its reports if it is rank 0, and its error.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal: the parent handles it
    mine = senders.pop(int(os.environ["LOCAL_RANK"]))
    for other in senders:
        other.close()
    is_first = os.environ["LOCAL_RANK"] == "0"
    try:
        result = run_rank(job, [mine])
    except StoryFlowerError as error:
        mine.send("error", error)
        return
    if is_first:
        mine.send("result", result)
