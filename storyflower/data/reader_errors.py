"""The errors about files at which the reader process died, failed, or refused the content."""

import logging
import signal
import subprocess
from contextlib import suppress

from rich import filesize

from storyflower import errors
from storyflower.data.reader_handle import REAP_SECONDS, ReaderHandle
from storyflower.data.reader_wire import Reply, Request
from storyflower.errors import StoryFlowerError, WorkbookError
from storyflower.messages import problem
from storyflower.quoting import pasted

log = logging.getLogger(__name__)


def error_of_ended_process(child: ReaderHandle, request: Request) -> WorkbookError:
    """The error about a file at which the process died."""
    with suppress(subprocess.TimeoutExpired):  # it has closed its pipe, and ends by itself
        child.process.wait(REAP_SECONDS)
    code = child.end()
    log.debug("the reader process ended with %s at %s: %s", code, request.file.name, child.stderr_tail())
    if code == -signal.SIGXCPU:
        return took_too_long(request)
    if child.ran_out_of_memory():
        return _out_of_memory(request)
    reason = signal.Signals(-code).name if code < 0 else f"exit {code}"
    return problem(WorkbookError, "reader_died", pasted(request.file.name), reason=reason)


def error_of_failure(reply: Reply, request: Request) -> WorkbookError:
    """The error about a file at which the process met an exception that no reader should raise."""
    log.debug("%s: %s", request.file.name, reply.facts["traceback"])
    if reply.facts["kind"] == "memory":
        return _out_of_memory(request)
    return problem(WorkbookError, "reader_failed", pasted(request.file.name), reason=reply.facts["reason"])


def _out_of_memory(request: Request) -> WorkbookError:
    limit_mb, size = request.limits.memory_mb, filesize.decimal(len(request.file.content))
    return problem(WorkbookError, "reader_memory", pasted(request.file.name), size=size, limit_mb=limit_mb)


def took_too_long(request: Request) -> WorkbookError:
    """The error about a file that takes more time than it may."""
    return problem(WorkbookError, "reader_time", pasted(request.file.name), seconds=request.limits.seconds)


def error_of_refusal(reply: Reply) -> StoryFlowerError:
    """The error that was raised in the process."""
    facts = dict(reply.facts)
    kind = getattr(errors, facts.pop("kind"), WorkbookError)
    if not (isinstance(kind, type) and issubclass(kind, StoryFlowerError)):
        raise RuntimeError(f"the reader process names no error of StoryFlower: {reply.facts}")
    return kind(facts.pop("problem"), **facts)
