"""The records of a training's epochs, kept beside what it made."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from storyflower.storage.entries import StageRef
from storyflower.training.progress import R

_FILE = "history.json"


def write_history(folder: Path, records: Sequence[R]) -> None:
    """Write the records into the folder of a stage."""
    (folder / _FILE).write_text(json.dumps([asdict(record) for record in records], indent=1), "utf-8")


def read_history(entry: StageRef[Any], kind: type[R]) -> list[R]:
    """The records in the entry of a stage, of the kind that its training makes."""
    return [kind(**record) for record in json.loads(entry.path(_FILE).read_text("utf-8"))]
