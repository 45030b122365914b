"""A running reader process: its pipes, its standard error, its end. `reader_process` decides when one is started."""

import os
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from tempfile import TemporaryFile
from typing import IO, Any

from storyflower.data.reader_wire import READY

REAP_SECONDS = 30.0
_START_SECONDS = 120.0
_LOGGED_BYTES = 4000
_ALLOCATION_FAILED = b"memory allocation of"
"""The beginning of the message with which Rust's runtime aborts when memory is refused."""
_FEW_THREADS = {
    # Every thread and every arena reserves address space, which is what the limit counts.
    **{"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
    **{"ARROW_DEFAULT_MEMORY_POOL": "system"},
}


@dataclass(frozen=True)
class ReaderHandle:
    """A running process, the pipes to and from it, and the file that takes its standard error.

    `lifeline` is the end of a pipe in which nothing is written: the process ends when all copies of it are closed.
    """

    process: "subprocess.Popen[bytes]"
    requests: "Connection[Any, Any]"
    replies: "Connection[Any, Any]"
    errors: IO[bytes]
    lifeline: int

    @classmethod
    def started(cls) -> "ReaderHandle":
        """Start the process without waiting until it has imported its modules."""
        stderr = TemporaryFile()  # noqa: SIM115  # open as long as the process is
        lifeline_of_child, lifeline = os.pipe()
        process = subprocess.Popen(  # noqa: S603  # this program
            [sys.executable, "-P", "-m", "storyflower.data.reader_child", str(lifeline_of_child)],
            pass_fds=(lifeline_of_child,),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            process_group=0,  # Ctrl-C goes to the parent alone, which ends this process
            env=os.environ | _FEW_THREADS,
        )
        os.close(lifeline_of_child)
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the reader process has no pipes")
        pipes = (os.dup(pipe.fileno()) for pipe in (process.stdin, process.stdout))
        requests, replies = (Connection(pipe, readable=n == 1, writable=n == 0) for n, pipe in enumerate(pipes))
        process.stdin.close()
        process.stdout.close()
        return cls(process, requests, replies, stderr, lifeline)

    def wait_until_ready(self) -> None:
        """Raise RuntimeError, with what the process has written, where it does not start."""
        try:
            ready = self.replies.poll(_START_SECONDS) and self.replies.recv_bytes() == READY
        except EOFError:
            ready = False
        if not ready:
            self.end()
            raise RuntimeError(f"the reader process did not start: {self.stderr_tail()}")

    def forget(self) -> None:
        """Close this process's ends of the pipes; the process itself ends when no other process holds them."""
        for file in (self.requests, self.replies, self.errors):
            file.close()
        os.close(self.lifeline)

    def end(self) -> int:
        """Kill the process if it still runs, and return its exit code."""
        self.process.kill()
        return self.process.wait(REAP_SECONDS)

    def stderr_tail(self) -> str:
        """The end of what the process wrote to standard error."""
        return self._written()[-_LOGGED_BYTES:].decode("utf-8", "replace").strip()

    def ran_out_of_memory(self) -> bool:
        """Whether native code reported that an allocation failed."""
        return _ALLOCATION_FAILED in self._written()

    def _written(self) -> bytes:
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, size - 4 * _LOGGED_BYTES))
        return self.errors.read()
