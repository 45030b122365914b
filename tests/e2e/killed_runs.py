"""Runs of the train flow that are killed or paused at a point, in processes that `kill_runner.py` forks."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyflower.sample.corpus import write_sample_workbooks
from tests.waiting import GIVE_UP_S

RECIPE = {"epochs": 2, "scratch_vocab_size": 600, "scratch_hidden_size": 32, "scratch_layers": 1}
RUNNER = Path(__file__).with_name("kill_runner.py")


@dataclass(frozen=True)
class Point:
    """Where a run is killed: just before the file operation on a path or the SQL statement, or just after a line of
    the log.
    """

    name: str
    at: str
    pattern: str


class Runner:
    """The process that forks the runs."""

    def __init__(self, world: Any, source: dict[str, str], log: Path) -> None:
        self._source, self._log = source, log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(RUNNER)],
                cwd=RUNNER.parents[2],
                env=world.env | {"PYTHONPATH": str(RUNNER.parents[2]), "STORYFLOWER_LANG": "en"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )

    def run(self, home: Path, point: Point | None = None, **environment: str) -> dict[str, Any]:
        """Run the flow in a home to its end, or to the point at which it is killed; return the runner's answer."""
        self.start(home, point, **environment)
        return self.answer()

    def start(self, home: Path, point: Point | None = None, **environment: str) -> Path:
        """Begin a run; return the file that exists while it is paused."""
        result = home.with_suffix(".json")
        result.unlink(missing_ok=True)
        job = {"home": str(home), "source": self._source, "recipe": RECIPE, "result": str(result)}
        job |= {"at": point.at if point else "", "pattern": point.pattern if point else "", "environment": environment}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Path(f"{result}.paused")

    def answer(self) -> dict[str, Any]:
        """Wait for the end of the run that was begun."""
        assert self._process.stdout
        answer = self._process.stdout.readline()
        assert answer, self.log_tail()
        return dict(json.loads(answer))

    def log(self) -> str:
        return self._log.read_text("utf-8", errors="replace")

    def log_tail(self) -> str:
        return self.log()[-6000:]

    def stop(self) -> None:
        self._process.communicate(timeout=GIVE_UP_S)


@contextmanager
def forked_runs(world: Any, folder: Path) -> Iterator[Runner]:
    """A runner whose flows train on a small sample corpus and report to the Prefect server of a world."""
    training, validation = write_sample_workbooks(folder, training_rows=300, validation_rows=100)
    runner = Runner(world, {"training": str(training), "validation": str(validation)}, folder / "runner.log")
    yield runner
    runner.stop()
