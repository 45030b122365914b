"""The tokens of the next epoch, sampled in a process of its own while the present epoch trains on a GPU.

In a thread the sampling would take turns with the launches of the GPU's kernels, and in the training process it would
leave the GPU idle: for 50,000 texts, seconds at the start of every epoch.
"""

import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from storyflower.text.tokens import TokenSequences

log = logging.getLogger(__name__)

Resample = Callable[[int], TokenSequences]
"""Returns the training tokens of an epoch (from 1): the same examples in the same order, as a function of it alone."""

_REAP_SECONDS = 30.0


class SampledAhead:
    """A `Resample` that has the epochs after the first one that it is called for sampled in a process of its own.

    The tokens are the same wherever they are sampled. If the process ends unexpectedly, an epoch is sampled here, and
    the next ones in another process.
    """

    def __init__(self, resample: Resample, epochs: int) -> None:
        """Sample for epochs up to `epochs`; `resample` must be picklable."""
        self._resample, self._epochs = resample, epochs
        self._process: _Process | None = None
        self._next: int | None = None
        """The epoch whose tokens the process will send; None without a process."""

    def __call__(self, epoch: int) -> TokenSequences:
        """The tokens of an epoch; those of the epoch after the last one called for are mostly ready.

        Raises:
            Exception: whatever the sampling raises.
        """
        if self._process and epoch == self._next:
            try:
                reply = self._process.replies.recv()
            except (EOFError, OSError):
                log.debug("the process that samples ahead has ended", exc_info=True)
                self.close()
                return self._resample(epoch)
            if isinstance(reply, Exception):
                self.close()
                raise reply
            tokens: TokenSequences = reply
            self._next = epoch + 1
            return tokens
        self.close()
        if epoch >= self._epochs:
            return self._resample(epoch)
        self._process, self._next = _Process(), epoch + 1  # it imports its modules meanwhile
        tokens = self._resample(epoch)
        self._process.begin(self._resample, range(epoch + 1, self._epochs + 1))
        return tokens

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process:
            self._process.end()
        self._process = self._next = None


class _Process:
    """A running process of `sampling_child`, and the pipes to and from it."""

    def __init__(self) -> None:
        """Start it, without waiting until it has imported its modules."""
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "storyflower.training.sampling_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C goes to the parent alone, which ends this process
        )
        if self._popen.stdin is None or self._popen.stdout is None:
            raise RuntimeError("the sampling process has no pipes")
        self._requests: Connection[Any, Any] = Connection(os.dup(self._popen.stdin.fileno()), readable=False)
        self.replies: Connection[Any, Any] = Connection(os.dup(self._popen.stdout.fileno()), writable=False)
        self._popen.stdin.close()
        self._popen.stdout.close()

    def begin(self, resample: Resample, epochs: range) -> None:
        """Let it sample these epochs; where it has ended already, `replies` is at its end."""
        with suppress(BrokenPipeError):
            self._requests.send_bytes(pickle.dumps((resample, epochs)))

    def end(self) -> None:
        """Kill it if it still runs, and close the pipes."""
        self._popen.kill()
        self._popen.wait(_REAP_SECONDS)
        self._requests.close()
        self.replies.close()
