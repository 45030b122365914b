"""Runs the train flow again and again in forked processes that SIGKILL themselves at a given point.

Started once for many runs, since imports take longer than a run. Each line of standard input is a job: `home`,
`source`, `recipe`, and where to kill the run: `at` ("open", "os.rename", "sql", "logged", or "" for a run that is not
killed) and `pattern`, which the path, SQL statement or log line must match. With `at` = "paused" the run is not killed,
but waits once, at the log line, for as long as there is the file `RESULT.paused`, which it creates. `environment` has
further variables. The answer, one line: the signal that ended the process, and the result if there is one. The points
are Python's audit events, SQLAlchemy's events and log lines of the flow: the product has no hooks for them.
"""

import json
import logging
import os
import re
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import event

from flows.train import train
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TINY


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_a_file_operation(event: str, pattern: re.Pattern[str]) -> None:
    def hook(name: str, args: tuple[Any, ...]) -> None:
        if name == event and isinstance(args[0], str | bytes | os.PathLike) and pattern.search(os.fsdecode(args[0])):
            die()

    sys.addaudithook(hook)


def die_at_a_statement(pattern: re.Pattern[str]) -> None:
    def hook(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if pattern.search(statement):
            die()

    event.listen(sqlalchemy.Engine, "before_cursor_execute", hook)


class DieWhenLogged(logging.Handler):
    def __init__(self, pattern: re.Pattern[str]) -> None:
        super().__init__()
        self._pattern = pattern

    def emit(self, record: logging.LogRecord) -> None:
        if self._pattern.search(record.getMessage()):
            die()


class WaitWhenLogged(logging.Handler):
    def __init__(self, pattern: re.Pattern[str], paused: Path) -> None:
        super().__init__()
        self._pattern, self._paused, self._was_paused = pattern, paused, False

    def emit(self, record: logging.LogRecord) -> None:
        if not self._was_paused and self._pattern.search(record.getMessage()):
            self._was_paused = True
            self._paused.touch()
            while self._paused.exists():
                time.sleep(0.05)


def run(job: dict[str, Any]) -> None:
    os.environ |= {"STORYFLOWER_HOME": job["home"], **job["environment"]}
    logger = logging.getLogger("storyflower")
    logger.setLevel(logging.INFO)
    if job["at"] == "logged":
        logger.addHandler(DieWhenLogged(re.compile(job["pattern"])))
    elif job["at"] == "paused":
        logger.addHandler(WaitWhenLogged(re.compile(job["pattern"]), Path(f"{job['result']}.paused")))
    elif job["at"] == "sql":
        die_at_a_statement(re.compile(job["pattern"]))
    elif job["at"]:
        die_at_a_file_operation(job["at"], re.compile(job["pattern"]))
    result = train(CorpusSource(**job["source"]), TINY.with_changes(job["recipe"]))
    Path(job["result"]).write_text(result.model_dump_json(), "utf-8")


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                run(job)
            except BaseException:  # the child must never come back into this loop
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(0)
        _, status = os.waitpid(child, 0)
        result = Path(job["result"])
        written = json.loads(result.read_text("utf-8")) if result.exists() else None
        killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        sys.stdout.write(json.dumps({"signal": killed_by, "result": written}, ensure_ascii=False) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
