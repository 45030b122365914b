"""Training on several devices of one machine, with one process per device; they end with the parent process.

DistributedDataParallel averages the gradients (Li et al. 2020, https://arxiv.org/abs/2006.15704), over NCCL between
GPUs and over gloo between processes on the CPU. The batch size is the recipe's for any number of ranks: each rank takes
its share of every batch.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import torch

from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.model.devices import require_devices
from storyflower.spawning import this_package_first
from storyflower.training.epochs import TrainingResult, run_epochs
from storyflower.training.job import Job
from storyflower.training.progress import R, Record, RecordObserver, StepProgress, TrainingPlan
from storyflower.training.ranks import Ranks


def run_on_ranks(job: Job[R], observers: Sequence[RecordObserver[R]]) -> TrainingResult[R]:
    """Run a job on `job.recipe.devices` ranks; the weights are in its checkpoints afterwards, not in `job.model`.

    Raises:
        StoryFlowerError: the machine has fewer GPUs, a rank died, or `run_epochs` raised it in a rank.
    """
    require_devices(job.hardware, job.recipe.devices)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="storyflower-ranks-") as folder, this_package_first():
        receivers, processes = [], []
        for index in range(job.recipe.devices):
            receiver, sender = spawn.Pipe(duplex=False)
            ranks = Ranks(index, job.recipe.devices)
            rendezvous = Path(folder) / "store"
            process = spawn.Process(target=_run_rank, args=(job, ranks, rendezvous, sender), daemon=True)
            process.start()
            sender.close()  # the rank has its own copy: once the rank dies, the receiver reads the end of the file
            receivers.append(receiver)
            processes.append(process)
        try:
            return _receive(receivers, processes, observers)
        finally:
            for process in processes:
                process.kill()
                process.join()


def _receive(
    receivers: list[Connection], processes: list[SpawnProcess], observers: Sequence[RecordObserver[R]]
) -> TrainingResult[R]:
    """Pass the messages of the ranks on to the observers until all ranks have ended; the first error is raised."""
    result: TrainingResult[R] | None = None
    open_receivers = list(receivers)
    while open_receivers:
        for receiver in wait(open_receivers):
            assert isinstance(receiver, Connection)  # noqa: S101  # `wait` returns some of the objects it was given
            try:
                kind, content = receiver.recv()
            except EOFError:
                open_receivers.remove(receiver)
                _require_success(receivers.index(receiver), processes)
                continue
            if kind == "error":
                raise content
            if kind == "result":
                result = content
                continue
            for observer in observers:
                getattr(observer, kind)(content)
    if result is None:
        raise RuntimeError("all ranks exited with code 0, and none of them sent a result")
    return result


def _require_success(index: int, processes: list[SpawnProcess]) -> None:
    process = processes[index]
    process.join()
    number, total, code = index + 1, len(processes), process.exitcode
    if code and code < 0:
        raise problem(StoryFlowerError, "rank_killed", "devices", number=number, total=total, signal=-code)
    if code:
        raise problem(StoryFlowerError, "rank_died", "devices", number=number, total=total, code=code)


def _run_rank(job: Job[Any], ranks: Ranks, rendezvous: Path, sender: Connection) -> None:
    """Run one rank in its process, from joining the process group to leaving it.

    Args:
        job: the training.
        ranks: the number of this rank, and how many there are.
        rendezvous: the file through which the ranks find each other.
        sender: receives the reports of rank 0, and an error of any rank.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal: the parent handles it
    threading.Thread(target=_exit_with_the_parent, daemon=True).start()
    on_gpu = job.hardware.device == "cuda"
    if on_gpu:
        torch.cuda.set_device(ranks.index)
    else:
        torch.set_num_threads(max(1, torch.get_num_threads() // ranks.count))
        if sys.platform == "linux":
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # all ranks are on this machine
    torch.distributed.init_process_group(
        "nccl" if on_gpu else "gloo", init_method=f"file://{rendezvous}", rank=ranks.index, world_size=ranks.count
    )
    for tensor in (*job.model.parameters(), *job.model.buffers()):
        tensor.data = tensor.data.clone()  # they arrive in memory shared by all ranks, and each rank trains its own
    try:
        result = run_epochs(job, [_SendingObserver(sender)] if ranks.index == 0 else [], ranks)
        if ranks.index == 0:
            sender.send(("result", result))
    except StoryFlowerError as error:
        sender.send(("error", error))
    torch.distributed.destroy_process_group()


def _exit_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _SendingObserver:
    """An observer that sends what it receives to the parent process."""

    def __init__(self, sender: Connection) -> None:
        self._sender = sender

    def started(self, plan: TrainingPlan) -> None:
        self._sender.send(("started", plan))

    def stepped(self, progress: StepProgress) -> None:
        self._sender.send(("stepped", progress))

    def noted(self, note: str) -> None:
        self._sender.send(("noted", note))

    def epoch_ended(self, record: Record) -> None:
        self._sender.send(("epoch_ended", record))
