"""A rank of a training: joins the process group by the variables that torchrun sets, and receives the job."""

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing import parent_process
from typing import Any

import torch

from storyflower import __version__
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.model.devices import find_hardware, require_devices
from storyflower.training.epochs import TrainingResult, run_epochs
from storyflower.training.job import Job
from storyflower.training.progress import R, RecordObserver
from storyflower.training.ranks import Ranks
from storyflower.training.rendezvous import TCPStore, listening_store

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_POLL_SECONDS = 0.5
"""Seconds between two looks for the parent process."""


@dataclass(frozen=True)
class RankEnvironment:
    """The variables that torchrun, or the agent of this package, sets for a rank."""

    rank: int
    count: int
    local_rank: int
    """Its number on this machine, which is also that of its GPU."""
    local_count: int
    address: str
    """Where the process of rank 0 listens."""
    port: int

    @classmethod
    def of_environment(cls) -> "RankEnvironment":
        """The rank that the environment describes.

        Raises:
            StoryFlowerError: this process was started neither by torchrun nor by the agent, or torchrun keeps one
                store for all restarts.
        """
        if "TORCHELASTIC_RUN_ID" not in os.environ:
            raise problem(StoryFlowerError, "not_a_rank", "python -m storyflower.training")
        if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == str(True):
            # PyTorch 2.13: after another machine was replaced, the ones that stay look for the store of the lost one.
            raise problem(StoryFlowerError, "store_of_agent", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE")
        return cls(
            rank=int(os.environ["RANK"]),
            count=int(os.environ["WORLD_SIZE"]),
            local_rank=int(os.environ["LOCAL_RANK"]),
            local_count=int(os.environ["LOCAL_WORLD_SIZE"]),
            address=os.environ["MASTER_ADDR"],
            port=int(os.environ["MASTER_PORT"]),
        )

    @property
    def is_on_loopback(self) -> bool:
        """Whether all machines are this one."""
        return self.address in _LOOPBACK

    def store(self) -> TCPStore:
        """The store of all ranks, which rank 0 keeps."""
        if self.rank == 0 and self.is_on_loopback:
            return listening_store(self.address, self.port)
        return TCPStore(self.address, self.port, is_master=self.rank == 0, wait_for_workers=False)


@dataclass(frozen=True)
class Lead:
    """What the machine that starts a training lets the others know before they join."""

    rank: int
    """Of its first process."""
    device: str
    version: str
    """Of this package and of PyTorch: a job is unpickled by the code that pickled it."""


VERSION = f"storyflower {__version__}, PyTorch {torch.__version__}"


def run_rank(job: Job[R] | None, observers: Sequence[RecordObserver[R]]) -> TrainingResult[R]:
    """Train as one of the ranks, from joining the process group to leaving it.

    The first process of the machine that has the job is rank 0 of the training, whichever number torchrun gave it:
    it alone reads and writes checkpoints and reports to the observers.

    Args:
        job: the training; None on the machines that join, which receive it from rank 0.
        observers: receive the reports, where this is rank 0.

    Raises:
        StoryFlowerError: this machine cannot take part, or `run_epochs` raised it.
    """
    place = RankEnvironment.of_environment()
    if job is not None:
        _require_all(job, place)
    threading.Thread(target=_exit_with_the_parent, daemon=True).start()
    store = place.store()
    if job is not None and place.local_rank == 0:
        store.set("lead", json.dumps(asdict(Lead(place.rank, job.hardware.device, VERSION))))
    lead = Lead(**json.loads(store.get("lead")))
    ranks = Ranks((place.rank - lead.rank) % place.count, place.count)
    _prepare(place, lead)
    backend = "cpu:gloo,cuda:nccl" if lead.device == "cuda" else "gloo"
    torch.distributed.init_process_group(backend, store=store, rank=ranks.index, world_size=ranks.count)
    mine = job
    if place.count > place.local_count:
        mine = ranks.shared(lambda: job)
    assert mine is not None  # noqa: S101  # rank 0 has it
    for tensor in (*mine.model.parameters(), *mine.model.buffers()):
        tensor.data = tensor.data.clone()  # they arrive in memory shared by all ranks, and each rank trains its own
    result = run_epochs(mine, observers if ranks.index == 0 else [], ranks)
    ranks.shared(lambda: None)  # until rank 0 has written the last checkpoint, a lost rank is missed
    torch.distributed.destroy_process_group()
    return result


def _require_all(job: Job[Any], place: RankEnvironment) -> None:
    """Check that as many processes have met as the recipe says, on each machine and together."""
    if (place.count, place.local_count) != (job.recipe.ranks, job.recipe.devices):
        wanted = {"devices": job.recipe.devices, "wanted": job.recipe.ranks}
        found = {"found": place.count, "here": place.local_count}
        raise problem(StoryFlowerError, "other_ranks", "nproc-per-node", None, **wanted, **found)


def _prepare(place: RankEnvironment, lead: Lead) -> None:
    """Choose the GPU or the threads of this rank.

    Raises:
        StoryFlowerError: the machine that has the job runs other versions, or this one has too few GPUs.
    """
    if lead.version != VERSION:
        raise problem(StoryFlowerError, "other_versions", "storyflower", theirs=lead.version, mine=VERSION)
    if place.is_on_loopback and sys.platform == "linux":
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    if lead.device == "cuda":
        require_devices(find_hardware("cuda"), place.local_count)
        torch.cuda.set_device(place.local_rank)
    else:
        torch.set_num_threads(max(1, torch.get_num_threads() // place.local_count))


def _exit_with_the_parent() -> None:
    """End this process when the agent that started it is gone, however it ended."""
    if parent := parent_process():
        parent.join()
    else:
        agent = os.getppid()
        while os.getppid() == agent:
            time.sleep(_POLL_SECONDS)
    os._exit(1)
