"""The messages to and from the reader process.

A request may be pickled, since the process trusts its parent. A reply comes from a process that has read a file of
unknown origin, so it is JSON and raw bytes, never a pickle.
"""

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any, Literal

from storyflower.data.fetched_file import FetchedFile
from storyflower.messages import Lang

Task = Literal["workbook", "report", "mend", "scorable", "add_columns", "columns"]
Outcome = Literal["done", "refused", "failed"]

READY = b"ready"
"""The first message of the process: its modules are imported."""


@dataclass(frozen=True)
class Limits:
    """The memory and processor time that a task may use; with more, the reader process is ended."""

    memory_mb: int
    """MiB of address space, beyond what the process occupies when the task begins."""
    seconds: int
    """Seconds of processor time."""


@dataclass(frozen=True)
class Request:
    """One task: what to do with which file."""

    task: Task
    file: FetchedFile
    arguments: Mapping[str, Any]
    """The arguments of the task's function after the file."""
    lang: Lang
    limits: Limits


@dataclass(frozen=True)
class Reply:
    """The result of a task.

    outcome: `done`; `refused` with the problem that a StoryFlowerError names; `failed` with `kind` (`memory` or
        `reader`) and `reason` where anything else was raised. After the last the process ends.
    facts: plain values.
    content: a file, or a frame as an Arrow IPC stream, where the task gives one.
    """

    outcome: Outcome
    facts: Mapping[str, Any]
    content: bytes = field(default=b"", repr=False)


def send_request(pipe: "Connection[Any, Any]", request: Request) -> None:
    """Write a request; OSError where the process has ended."""
    pipe.send_bytes(pickle.dumps(replace(request, file=replace(request.file, content=b""))))
    pipe.send_bytes(request.file.content)  # apart, so that it is not copied into the pickle


def receive_request(pipe: "Connection[Any, Any]") -> Request:
    """Wait for a request; EOFError where the parent has closed the pipe."""
    request: Request = pickle.loads(pipe.recv_bytes())  # noqa: S301  # written by the parent process
    return replace(request, file=replace(request.file, content=pipe.recv_bytes()))


def send_reply(pipe: "Connection[Any, Any]", reply: Reply) -> None:
    """Write a reply."""
    pipe.send_bytes(json.dumps([reply.outcome, reply.facts]).encode())
    pipe.send_bytes(reply.content)


def receive_reply(pipe: "Connection[Any, Any]") -> Reply:
    """Wait for a reply; EOFError where the process has ended."""
    outcome, facts = json.loads(pipe.recv_bytes())
    return Reply(outcome, facts, pipe.recv_bytes())
