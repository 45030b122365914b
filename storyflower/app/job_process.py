"""The process in which one uploaded file is scored: it ends with the file, and answers come before it.

A process of its own: what a hostile file does to it, it does to nothing else, the memory is given back at the end, and
its lower priority leaves the processors to the single answers.
"""

import logging
import os
import signal
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from storyflower.app.preview import Preview, preview_of
from storyflower.errors import InputError, StoryFlowerError
from storyflower.messages import Lang, problem, say, speaking
from storyflower.model.devices import Device
from storyflower.registry.to_score import scoring_model
from storyflower.scoring.engines import LocalEngine
from storyflower.scoring.model import Compute
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.run import score
from storyflower.storage.home import Home

log = logging.getLogger(__name__)

_LOWER_PRIORITY = 10


@dataclass(frozen=True)
class Task:
    """A file to score."""

    home: Home
    device: Device
    folder: Path
    """Holds the file, and takes the result and all that is kept meanwhile."""
    name: str
    """Of the file."""
    model: str
    """`NAME/VERSION`."""
    threshold: float
    lang: Lang


@dataclass(frozen=True)
class Counted:
    """How far it is."""

    rows: int
    """That have a text."""
    done: int


@dataclass(frozen=True)
class Scored:
    """The end of a scoring."""

    result: Path
    rows: int
    scored: int
    preview: Preview | None


Message = Counted | Scored | StoryFlowerError
"""What the process sends: any number of `Counted`, then one of the others."""


def score_upload(replies: "Connection[Message, None]", task: Task) -> None:
    """Score the file of a task and send what becomes of it; the entry of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process
    if os.name == "posix":
        os.nice(_LOWER_PRIORITY)
    os.chdir(task.folder)  # reports and messages name the file, not the folder
    with speaking(task.lang):
        replies.send(_outcome(replies, task))


def _outcome(replies: "Connection[Message, None]", task: Task) -> Scored | StoryFlowerError:
    try:
        model = scoring_model(task.home, task.model)
        engine = LocalEngine(model, Compute.here(task.device))
        kept = Home(task.folder / "work")  # answers to these texts stay in no other place
        options = ScoreOptions(threshold=task.threshold)
        report = score(kept, model, engine, task.name, options=options, progress=_Sender(replies))
        result = Path(report.out)
        return Scored(result, report.rows, report.scored, preview_of(result, report.parts[0]))
    except StoryFlowerError as error:
        return error
    except Exception as error:  # reported without its message, which may repeat a text
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error(say("serve.failed", kind=type(error).__name__, place=place))
        return problem(InputError, "internal_error")


class _Sender:
    """Sends how far the scoring is; see `storyflower.scoring.job.Progress`."""

    def __init__(self, replies: "Connection[Message, None]") -> None:
        self._replies = replies
        self._counted = Counted(0, 0)

    def total(self, rows: int) -> None:
        """So many texts there are."""
        self._send(Counted(rows, 0))

    def advance(self, rows: int) -> None:
        """So many more are answered."""
        self._send(Counted(self._counted.rows, self._counted.done + rows))

    def _send(self, counted: Counted) -> None:
        self._counted = counted
        self._replies.send(counted)
