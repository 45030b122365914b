"""The process in which files of unknown origin are parsed: started once, limited in memory and time, replaced when it
dies.

The readers of workbooks are native code: a file of a few kilobytes can make them abort, or take gigabytes. In a process
of its own that is an error about the file, and nothing else.
"""

import atexit
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Any

from rich import filesize

from storyflower import errors
from storyflower.data.fetched_file import FetchedFile
from storyflower.data.reader_wire import (
    READY,
    Limits,
    Reply,
    Request,
    Task,
    receive_reply,
    send_request,
)
from storyflower.errors import StoryFlowerError, WorkbookError
from storyflower.messages import language, problem
from storyflower.quoting import pasted

log = logging.getLogger(__name__)

_LEAST_MEMORY_MB, _MOST_MEMORY_MB = 384, 4096
_MEMORY_PER_MB = 40
"""MiB of memory for each MiB of the file. Workbooks of dialogue took 13 to 23; 1,000,000 rows (195 MiB) 2.6 GiB."""
_LEAST_SECONDS, _SECONDS_PER_MB = 20, 2
_WALL_SECONDS_PER_SECOND = 10
"""A busy machine gives a process a share of a processor; one that waits for nothing ends long before this."""
_START_SECONDS = 120.0
_REAP_SECONDS = 30.0
_LOGGED_BYTES = 4000
_ALLOCATION_FAILED = b"memory allocation of"
"""How Rust's runtime begins its last words when memory is refused."""
_FEW_THREADS = {
    # Every thread and every arena reserves address space, which is what the limit counts.
    **{"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
    **{"ARROW_DEFAULT_MEMORY_POOL": "system"},
}


def limits_for(file: FetchedFile) -> Limits:
    """What reading a file may take, by its size: a small file never needs much, whatever it unpacks to."""
    size_mb = len(file.content) / 2**20
    memory = min(_LEAST_MEMORY_MB + round(_MEMORY_PER_MB * size_mb), _MOST_MEMORY_MB)
    return Limits(memory, _LEAST_SECONDS + round(_SECONDS_PER_MB * size_mb))


@dataclass(frozen=True)
class _Child:
    """A running process, the pipes to and from it, and the file that takes its standard error."""

    process: "subprocess.Popen[bytes]"
    requests: "Connection[Any, Any]"
    replies: "Connection[Any, Any]"
    errors: IO[bytes]

    @classmethod
    def started(cls) -> "_Child":
        last_words = TemporaryFile()  # noqa: SIM115  # open as long as the process is
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "storyflower.data.reader_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=last_words,
            process_group=0,  # Ctrl-C goes to the parent alone, which ends this process
            env=os.environ | _FEW_THREADS,
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the reader process has no pipes")
        pipes = (os.dup(pipe.fileno()) for pipe in (process.stdin, process.stdout))
        requests, replies = (Connection(pipe, readable=n == 1, writable=n == 0) for n, pipe in enumerate(pipes))
        process.stdin.close()
        process.stdout.close()
        return cls(process, requests, replies, last_words)

    def wait_until_ready(self) -> None:
        """Raise RuntimeError, with what it has written, where the process does not come up."""
        try:
            ready = self.replies.poll(_START_SECONDS) and self.replies.recv_bytes() == READY
        except EOFError:
            ready = False
        if not ready:
            self.end()
            raise RuntimeError(f"the reader process did not start: {self.last_words()}")

    def forget(self) -> None:
        """Close this process's ends of the pipes; the process itself ends when no one else holds them."""
        for file in (self.requests, self.replies, self.errors):
            file.close()

    def end(self) -> int:
        """Kill the process if it still runs, and return its exit code."""
        self.process.kill()
        return self.process.wait(_REAP_SECONDS)

    def last_words(self) -> str:
        """The end of what the process wrote to standard error."""
        return self._written()[-_LOGGED_BYTES:].decode("utf-8", "replace").strip()

    def ran_out_of_memory(self) -> bool:
        """Whether native code says that an allocation failed."""
        return _ALLOCATION_FAILED in self._written()

    def _written(self) -> bytes:
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, size - 4 * _LOGGED_BYTES))
        return self.errors.read()


class ReaderProcess:
    """At most one process at a time; any thread may ask, and waits while another is served."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: _Child | None = None
        self._is_ready = False

    @property
    def pid(self) -> int | None:
        """The process that runs, if one does."""
        child = self._child
        return child.process.pid if child else None

    def start(self) -> None:
        """Start the process if none runs, without waiting for it: it imports its modules meanwhile."""
        with self._lock:
            self._started()

    def run(self, task: Task, file: FetchedFile, arguments: Mapping[str, Any] | None = None) -> Reply:
        """Let the process do a task with a file.

        Raises:
            WorkbookError: the file makes the process die, or use more memory or time than it may.
            StoryFlowerError: the task refuses the file; any subclass.
        """
        request = Request(task, file, arguments or {}, language(), limits_for(file))
        with self._lock:
            child = self._started()
            try:
                reply = self._asked(child, request)
            except BaseException:  # Ctrl-C too: a process in the middle of a task cannot be asked another
                self._close()
                raise
            if reply.outcome == "failed":
                self._close()
        if reply.outcome == "done":
            return reply
        raise _refusal(reply) if reply.outcome == "refused" else _failure(reply, request)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._close()

    def forget_after_fork(self) -> None:
        """In a forked copy of the parent: leave the process to the parent, and start another when one is needed."""
        self._lock = Lock()
        if self._child is not None:
            self._child.process.returncode = 0  # not a child of this process, which must not wait for it
            self._child.forget()
        self._child = None

    def _started(self) -> _Child:
        if self._child is not None and self._child.process.poll() is not None:
            self._close()  # ended between two tasks
        if self._child is None:
            self._child, self._is_ready = _Child.started(), False
        return self._child

    def _close(self) -> None:
        if self._child is not None:
            child, self._child = self._child, None
            with suppress(ProcessLookupError):
                child.end()
            child.forget()

    def _asked(self, child: _Child, request: Request) -> Reply:
        if not self._is_ready:
            child.wait_until_ready()
            self._is_ready = True
        try:
            send_request(child.requests, request)
            if not child.replies.poll(request.limits.seconds * _WALL_SECONDS_PER_SECOND):
                raise _took_too_long(request)
            return receive_reply(child.replies)
        except (EOFError, ConnectionError) as death:
            raise _death(child, request) from death


def _death(child: _Child, request: Request) -> WorkbookError:
    """The error about a file at which the process died."""
    with suppress(subprocess.TimeoutExpired):  # it has closed its pipe, and ends by itself
        child.process.wait(_REAP_SECONDS)
    code = child.end()
    log.debug("the reader process ended with %s at %s: %s", code, request.file.name, child.last_words())
    if code == -signal.SIGXCPU:
        return _took_too_long(request)
    if child.ran_out_of_memory():
        return _out_of_memory(request)
    reason = signal.Signals(-code).name if code < 0 else f"exit {code}"
    return problem(WorkbookError, "reader_died", pasted(request.file.name), reason=reason)


def _failure(reply: Reply, request: Request) -> WorkbookError:
    """The error about a file at which the process met an exception that no reader should raise."""
    log.debug("%s: %s", request.file.name, reply.facts["traceback"])
    if reply.facts["kind"] == "memory":
        return _out_of_memory(request)
    return problem(WorkbookError, "reader_failed", pasted(request.file.name), reason=reply.facts["reason"])


def _out_of_memory(request: Request) -> WorkbookError:
    limit_mb, size = request.limits.memory_mb, filesize.decimal(len(request.file.content))
    return problem(WorkbookError, "reader_memory", pasted(request.file.name), size=size, limit_mb=limit_mb)


def _took_too_long(request: Request) -> WorkbookError:
    return problem(WorkbookError, "reader_time", pasted(request.file.name), seconds=request.limits.seconds)


def _refusal(reply: Reply) -> StoryFlowerError:
    """The error that was raised in the process."""
    facts = dict(reply.facts)
    kind = getattr(errors, facts.pop("kind"), WorkbookError)
    if not (isinstance(kind, type) and issubclass(kind, StoryFlowerError)):
        raise RuntimeError(f"the reader process names no error of StoryFlower: {reply.facts}")
    return kind(facts.pop("problem"), **facts)


@cache
def reader() -> ReaderProcess:
    """The reader process of this program; it is started when it is first needed, and ends with the program."""
    process = ReaderProcess()
    atexit.register(process.close)
    os.register_at_fork(after_in_child=process.forget_after_fork)
    return process
