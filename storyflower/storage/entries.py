"""An entry of the stage store: the reference to its files, its facts, its key, and how its manifest is read."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from storyflower.digests import digest_of
from storyflower.messages import say

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"


class StageFacts(BaseModel):
    """Counts and figures of a stage, stored as JSON beside its files; each stage has a frozen subclass."""

    model_config = ConfigDict(frozen=True)


class AnyFacts(StageFacts):
    """The facts of an entry of any stage, for readers that do not use them."""

    model_config = ConfigDict(extra="allow")


Facts = TypeVar("Facts", bound=StageFacts)

Build = Callable[[Path], Facts]
"""Writes a stage's files into the given folder and returns the stage's facts."""


class StageRef(BaseModel, Generic[Facts]):
    """A reference to the result of a stage: the place of its files, their digests, and the facts, without the data."""

    model_config = ConfigDict(frozen=True)

    stage: str
    key: str
    directory: Path
    files: dict[str, str]
    """File name, relative to the directory, to its SHA-256."""
    facts: Facts
    """Counts and figures of the stage."""

    @property
    def digest(self) -> str:
        """Digest of the content; the folder's name does not count."""
        return digest_of(self.files)

    def path(self, name: str) -> Path:
        """Path of one of the files."""
        return self.directory / name


Value = TypeVar("Value")
Ref = TypeVar("Ref", bound=StageRef[Any])


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """The result of a stage, whether it was cached, and a summary of one line."""

    value: Value
    cached: bool
    summary: str = ""


def stage_key(depends_on: dict[str, Any]) -> str:
    """Return the key (32 hex digits) of a stage's result for these dependencies."""
    return digest_of(depends_on)[:32]


def read_entry(kind: type[Ref], entry: Path) -> Ref | None:
    """Return the reference in an entry's manifest, without verifying its files.

    None, with a line in the log, if the manifest is damaged or was written by another version.
    """
    try:
        return kind.model_validate(json.loads((entry / MANIFEST).read_text("utf-8")) | {"directory": entry})
    except (OSError, ValueError):
        log.warning(say("stages.manifest_unreadable", entry=entry))
        return None
