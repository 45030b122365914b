"""One training at a time on a GPU of this machine, whichever processes of the user want it."""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch
from filelock import FileLock

from storyflower.messages import say
from storyflower.model.devices import Hardware
from storyflower.storage.waiting import held

log = logging.getLogger("storyflower.sweep")


@contextmanager
def device_turn(hardware: Hardware, devices: int) -> Iterator[None]:
    """Within it, no other trial of this user is trained on the same GPUs; before, it waits for its turn.

    The locks are files in the machine's folder for temporary files, so that homes and workers of one machine share
    them; containers do not. On the CPU nothing is locked.

    Args:
        hardware: where the trial is trained.
        devices: the number of its GPUs, which are used from the first on.
    """
    with ExitStack() as turns:
        if hardware.device == "cuda":
            for gpu in range(devices):
                turns.enter_context(turn_on(str(torch.cuda.get_device_properties(gpu).uuid)))
        yield


@contextmanager
def turn_on(gpu: str) -> Iterator[None]:
    """See `device_turn`; for one GPU, named by its UUID."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    lock = FileLock(Path(tempfile.gettempdir()) / f"storyflower-gpu-{gpu}-{user}.lock")
    with held(lock, lambda: log.warning(say("sweep.gpu_busy", gpu=gpu))):
        yield
