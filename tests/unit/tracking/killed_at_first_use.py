"""Opens the store of a home in forked processes that SIGKILL themselves on the way.

Started once for many points, since the imports take longer than the making of the tables. Standard input is a JSON
list of points: `[home, how, n]`, where `how` is `ours` (the store as StoryFlower opens it) or `mlflow` (as MLflow alone
does), and n the number of the SQL statement or file operation before which the process dies; 0 lets it live. The output
is a JSON list: for each point the return code of the process, and the number of moments that it has passed.
"""

import json
import os
import re
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import sqlalchemy
from mlflow import MlflowClient
from sqlalchemy import event

from storyflower.tracking.store import client
from tests.homes import current_home

_FILES = ("open", "os.rename", "os.remove", "sqlite3.connect")


class Moments:
    """Counts what happens, and ends the process before the nth."""

    def __init__(self, last: int, count: Path) -> None:
        self._last, self._count, self._passed = last, count, 0
        event.listen(sqlalchemy.Engine, "before_cursor_execute", lambda *_: self._one_more())
        sys.addaudithook(self._hook)

    def _hook(self, name: str, args: tuple[Any, ...]) -> None:
        if name in _FILES and re.search(r"mlflow\.(db|lock)", str(args[0])) and not str(args[0]).endswith(".count"):
            self._one_more()

    def _one_more(self) -> None:
        self._passed += 1
        if self._passed == self._last:
            self.write_count()
            os.kill(os.getpid(), signal.SIGKILL)

    def write_count(self) -> None:
        self._count.write_text(str(self._passed), "utf-8")


def open_store(how: str, last: int, count: Path) -> None:
    moments = Moments(last, count)
    if how == "ours":
        client(current_home()).search_registered_models()
    else:
        current_home().folder.mkdir(exist_ok=True)
        MlflowClient(current_home().mlflow_uri, current_home().mlflow_uri).search_registered_models()
    moments.write_count()


def main() -> None:
    answers = []
    for home, how, last in json.load(sys.stdin):
        os.environ["STORYFLOWER_HOME"] = home
        count = Path(home).with_suffix(".count")
        count.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            ended = 1
            try:
                open_store(how, last, count)
                ended = 0
            except BaseException:  # the child must never come back into this loop
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(ended)
        _, status = os.waitpid(child, 0)
        outcome = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        answers.append([outcome, int(count.read_text("utf-8")) if count.exists() else None])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
