"""The program of the reader process: `python -m storyflower.data.reader_child LIFELINE`, started by `reader_process`.

It takes requests from standard input and writes replies to standard output until its parent closes the pipe. It imports
what reads files and no more: no torch, MLflow, Prefect or pandera.
"""

import fcntl
import math
import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from storyflower.data import reader_tasks
from storyflower.data.reader_wire import (
    READY,
    Limits,
    Reply,
    Request,
    Task,
    receive_request,
    send_reply,
)
from storyflower.errors import StoryFlowerError
from storyflower.messages import speaking

TASKS: dict[Task, Callable[..., Reply]] = {
    "workbook": reader_tasks.read_workbook,
    "report": reader_tasks.read_report,
    "mend": reader_tasks.mend,
    "scorable": reader_tasks.read_scorable,
    "add_columns": reader_tasks.add_columns,
    "columns": reader_tasks.profile_columns,
}
_MEMORY_FILE = Path("/proc/self/statm")


def main() -> None:
    """Do tasks until the pipe is closed, or until one failed and may have left the process in a bad state."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash here is caused by a file and is nothing to debug
    _end_with_the_parent(int(sys.argv[1]))
    requests, replies = _pipes()
    replies.send_bytes(READY)
    outcome = None
    while outcome != "failed":
        try:
            request = receive_request(requests)
        except EOFError:
            return
        with _limited(request.limits):
            reply = _answer(request)
        send_reply(replies, reply)
        outcome = reply.outcome


def _pipes() -> tuple["Connection[Any, Any]", "Connection[Any, Any]"]:
    """Standard input and output as pipes for messages; whatever else writes to standard output writes nowhere."""
    requests = Connection(os.dup(sys.stdin.fileno()), writable=False)
    replies = Connection(os.dup(sys.stdout.fileno()), readable=False)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdin, sys.stdout):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return requests, replies


def _answer(request: Request) -> Reply:
    try:
        with speaking(request.lang):
            return TASKS[request.task](request.file, **request.arguments)
    except StoryFlowerError as error:
        about = {"problem": error.problem, "where": error.where, "remedy": error.remedy}
        return Reply("refused", about | {"kind": type(error).__name__, "retryable": error.retryable})
    except BaseException as error:  # a panic of native code is no Exception
        kind = "memory" if isinstance(error, MemoryError) else "reader"
        message = str(error).strip().partition("\n")[0]
        reason = f"{type(error).__name__}: {message}" if message else type(error).__name__
        return Reply("failed", {"kind": kind, "reason": reason, "traceback": traceback.format_exc()})


@contextmanager
def _limited(limits: Limits) -> Iterator[None]:
    """Bound memory and processor time of what is done inside.

    Memory that native code is refused ends the process by SIGABRT, as does SIGXCPU when the time is used up.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime) + limits.seconds
    pages = int(_MEMORY_FILE.read_text("ascii").split()[0])  # of address space that the process has now
    address_space = pages * resource.getpagesize() + (limits.memory_mb << 20)
    with _lowered(resource.RLIMIT_CPU, seconds), _lowered(resource.RLIMIT_AS, address_space):
        yield


@contextmanager
def _lowered(limit: int, wanted: int) -> Iterator[None]:
    """A limit of this process at `wanted` inside, unless it is lower already."""
    soft, hard = resource.getrlimit(limit)
    in_force = [bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY]
    resource.setrlimit(limit, (min([wanted, *in_force]), hard))
    try:
        yield
    finally:
        resource.setrlimit(limit, (soft, hard))


def _end_with_the_parent(lifeline: int) -> None:
    """Let the kernel end this process when the parent dies, or closes its end of a pipe in which nothing is written.

    The signal SIGIO comes when the last writer of the pipe is gone, and its default action is to end the process:
    that works in the middle of native code, where no thread of Python would run. It also comes when something is
    written, and that shortly after it can be read: hence a pipe of its own beside that of the requests.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:  # it was closed before the signal was requested
        os.kill(os.getpid(), signal.SIGIO)


if __name__ == "__main__":
    main()
