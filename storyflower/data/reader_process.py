"""The process in which files of unknown origin are parsed: started once, limited in memory and time, replaced when it
dies.

The readers of workbooks are native code: a file of a few kilobytes can make them abort, or take gigabytes. In a process
of its own that is an error about the file, and nothing else.
"""

import atexit
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import Any

from storyflower.data.fetched_file import FetchedFile
from storyflower.data.reader_errors import error_of_ended_process, error_of_failure, error_of_refusal, took_too_long
from storyflower.data.reader_handle import ReaderHandle
from storyflower.data.reader_wire import Limits, Reply, Request, Task, receive_reply, send_request
from storyflower.messages import language

_LEAST_MEMORY_MB, _MOST_MEMORY_MB = 384, 4096
_MEMORY_PER_MB = 40
"""MiB of memory for each MiB of the file. Workbooks of dialogue took 13 to 23; 1,000,000 rows (195 MiB) 2.6 GiB."""
_LEAST_SECONDS, _SECONDS_PER_MB = 20, 2
_WALL_SECONDS_PER_SECOND = 10
"""A busy machine gives a process a share of a processor; one that waits for nothing ends long before this."""


def limits_for(file: FetchedFile) -> Limits:
    """The memory and time that reading a file may take, by its size; a small file never needs much."""
    size_mb = len(file.content) / 2**20
    memory = min(_LEAST_MEMORY_MB + round(_MEMORY_PER_MB * size_mb), _MOST_MEMORY_MB)
    return Limits(memory, _LEAST_SECONDS + round(_SECONDS_PER_MB * size_mb))


class ReaderProcess:
    """At most one process at a time; threads that send a task meanwhile wait for their turn."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: ReaderHandle | None = None
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
                reply = self._reply_to(child, request)
            except BaseException:  # Ctrl-C too: a process in the middle of a task takes no other
                self._close()
                raise
            if reply.outcome == "failed":
                self._close()
        if reply.outcome == "done":
            return reply
        raise error_of_refusal(reply) if reply.outcome == "refused" else error_of_failure(reply, request)

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

    def _started(self) -> ReaderHandle:
        if self._child is not None and self._child.process.poll() is not None:
            self._close()  # ended between two tasks
        if self._child is None:
            self._child, self._is_ready = ReaderHandle.started(), False
        return self._child

    def _close(self) -> None:
        if self._child is not None:
            child, self._child = self._child, None
            with suppress(ProcessLookupError):
                child.end()
            child.forget()

    def _reply_to(self, child: ReaderHandle, request: Request) -> Reply:
        if not self._is_ready:
            child.wait_until_ready()
            self._is_ready = True
        try:
            send_request(child.requests, request)
            if not child.replies.poll(request.limits.seconds * _WALL_SECONDS_PER_SECOND):
                raise took_too_long(request)
            return receive_reply(child.replies)
        except (EOFError, ConnectionError) as death:
            raise error_of_ended_process(child, request) from death


@cache
def reader() -> ReaderProcess:
    """The reader process of this program; it is started when it is first needed, and ends with the program."""
    process = ReaderProcess()
    atexit.register(process.close)
    os.register_at_fork(after_in_child=process.forget_after_fork)
    return process
