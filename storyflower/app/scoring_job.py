"""One file that is scored for the page, and what has become of it."""

import re
import time
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from pathlib import Path, PurePath
from typing import Literal
from unicodedata import normalize

from storyflower.app.job_process import Counted, Scored
from storyflower.atomic import within_bytes
from storyflower.errors import InputError, StoryFlowerError
from storyflower.messages import Lang, problem, speaking

State = Literal["waiting", "scoring", "done", "failed"]

_UNSAFE = re.compile(r"[^\w .()\[\]-]")
_LONGEST_NAME = 200
"""Bytes, so that there is room for what is put behind it."""


@dataclass(eq=False)
class ScoringJob:
    """One file, and what has become of it."""

    id: str
    folder: Path
    name: str
    model: str
    threshold: float
    lang: Lang
    state: State = "waiting"
    counted: Counted | None = None
    outcome: Scored | StoryFlowerError | None = None
    ended: float | None = None
    """Seconds of the monotonic clock."""
    cancelled: bool = False
    process: SpawnProcess | None = field(default=None, repr=False)

    def end(self, outcome: Scored | StoryFlowerError) -> None:
        """Keep what has become of it."""
        self.outcome = outcome
        self.state = "done" if isinstance(outcome, Scored) else "failed"
        self.ended = time.monotonic()

    def break_off(self) -> None:
        """End it without an outcome: it was cancelled, or its process has died."""
        with speaking(self.lang):
            self.end(problem(InputError, "job_cancelled" if self.cancelled else "job_died"))


def safe_name(name: str) -> str:
    """The name of a file, without a folder and without characters that a path or a glob gives a meaning."""
    path = PurePath(normalize("NFC", name).replace("\\", "/"))
    suffix = path.suffix.lower()
    stem = _UNSAFE.sub("_", path.name.removesuffix(path.suffix)).replace("[", "(").replace("]", ")").strip(" .")
    return f"{within_bytes(stem, _LONGEST_NAME).lstrip('-') or 'file'}{suffix}"
