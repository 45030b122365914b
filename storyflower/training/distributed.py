"""Training on several devices of one machine: a process for each, which live no longer than the one that asked.

DistributedDataParallel averages the gradients (Li et al. 2020, https://arxiv.org/abs/2006.15704), over NCCL between
GPUs and over gloo between processes on the CPU. The batch is the recipe's whatever the number of ranks: each takes its
share of it.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

import torch

import storyflower
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.model.devices import require_devices
from storyflower.training.job import Job, JobResult, run_job
from storyflower.training.progress import EpochRecord, Observer, StepProgress, TrainingPlan
from storyflower.training.ranks import Ranks


def run_on_ranks(job: Job, observers: Sequence[Observer]) -> JobResult:
    """Run a job on `job.recipe.devices` ranks; the weights are in its checkpoints afterwards, not in `job.model`.

    Raises:
        StoryFlowerError: there are not so many GPUs, a rank died, or what `run_job` raises in one of them.
    """
    require_devices(job.hardware, job.recipe.devices)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="storyflower-ranks-") as meeting, _this_package_first():
        ears, processes = [], []
        for index in range(job.recipe.devices):
            ear, mouth = spawn.Pipe(duplex=False)
            ranks = Ranks(index, job.recipe.devices)
            process = spawn.Process(target=_be_a_rank, args=(job, ranks, Path(meeting) / "store", mouth), daemon=True)
            process.start()
            mouth.close()  # the rank has its own end: when it dies, ours says so
            ears.append(ear)
            processes.append(process)
        try:
            return _listen(ears, processes, observers)
        finally:
            for process in processes:
                process.kill()
                process.join()


@contextmanager
def _this_package_first() -> Iterator[None]:
    """Processes started here import the package that started them.

    They take over `sys.path`, in which MLflow leaves the part of this package that a registered model carries.
    """
    root = str(Path(storyflower.__file__).parents[1])
    sys.path.insert(0, root)
    try:
        yield
    finally:
        sys.path.remove(root)


def _listen(ears: list[Connection], processes: list[SpawnProcess], observers: Sequence[Observer]) -> JobResult:
    """Hand on what the ranks tell until the first has its result and all have ended; the first failure ends it."""
    result: JobResult | None = None
    open_ears = list(ears)
    while open_ears:
        for ear in wait(open_ears):
            assert isinstance(ear, Connection)  # noqa: S101  # of what `wait` can give, nothing else was asked for
            try:
                kind, content = ear.recv()
            except EOFError:
                open_ears.remove(ear)
                _require_good_end(ears.index(ear), processes)
                continue
            if kind == "error":
                raise content
            if kind == "result":
                result = content
                continue
            for observer in observers:
                getattr(observer, kind)(content)
    if result is None:
        raise RuntimeError("all ranks ended well, and none of them gave a result")
    return result


def _require_good_end(index: int, processes: list[SpawnProcess]) -> None:
    process = processes[index]
    process.join()
    number, total, code = index + 1, len(processes), process.exitcode
    if code and code < 0:
        raise problem(StoryFlowerError, "rank_killed", "devices", number=number, total=total, signal=-code)
    if code:
        raise problem(StoryFlowerError, "rank_died", "devices", number=number, total=total, code=code)


def _be_a_rank(job: Job, ranks: Ranks, meeting: Path, mouth: Connection) -> None:
    """The life of one rank."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal: the parent decides
    threading.Thread(target=_die_with_the_parent, daemon=True).start()
    on_gpu = job.hardware.device == "cuda"
    if on_gpu:
        torch.cuda.set_device(ranks.index)
    else:
        torch.set_num_threads(max(1, torch.get_num_threads() // ranks.count))
        if sys.platform == "linux":
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # all ranks are on this machine
    torch.distributed.init_process_group(
        "nccl" if on_gpu else "gloo", init_method=f"file://{meeting}", rank=ranks.index, world_size=ranks.count
    )
    # Tensors come from the parent in shared memory, and each rank changes weights of its own.
    job = replace(job, model=deepcopy(job.model))
    try:
        result = run_job(job, [_Relay(mouth)] if ranks.index == 0 else [], ranks)
        if ranks.index == 0:
            mouth.send(("result", result))
    except StoryFlowerError as error:
        mouth.send(("error", error))
    torch.distributed.destroy_process_group()


def _die_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _Relay:
    """An observer that tells the parent process."""

    def __init__(self, mouth: Connection) -> None:
        self._mouth = mouth

    def started(self, plan: TrainingPlan) -> None:
        self._mouth.send(("started", plan))

    def stepped(self, progress: StepProgress) -> None:
        self._mouth.send(("stepped", progress))

    def noted(self, note: str) -> None:
        self._mouth.send(("noted", note))

    def epoch_ended(self, record: EpochRecord) -> None:
        self._mouth.send(("epoch_ended", record))
