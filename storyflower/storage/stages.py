"""The stage store keeps the files of each stage under a key of everything that the stage depends on.

An entry is a folder of files with a `manifest.json` that contains the digest of each file. It is written to a draft
folder and renamed, so that a reader sees a complete entry or none; it is verified at each use.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict

from storyflower.atomic import DRAFT, draft_beside
from storyflower.digests import digest_of, file_sha256
from storyflower.messages import say
from storyflower.storage.home import Home

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


class StageStore:
    """Entries under `<home>/stages/<stage>/<key>/`."""

    def __init__(self, home: Home) -> None:
        self.root = home.stages

    def get_or_build(
        self, kind: type[Ref], stage: str, depends_on: dict[str, Any], build: Build[StageFacts]
    ) -> Outcome[Ref]:
        """Return the entry for `depends_on`, which is built if it is missing or damaged.

        A damaged entry is logged. If two processes request the same entry, one builds it and the other waits.

        Args:
            kind: the type of the reference.
            stage: the name of the stage.
            depends_on: everything that the content of the entry depends on, as JSON-able values.
            build: writes the files and returns the facts of `kind`.
        """
        key = stage_key(depends_on)
        entry = self.root / stage / key
        with self._locked(entry):
            found = self._intact(kind, entry)
            if found is not None:
                os.utime(entry / MANIFEST)  # the time of the last use
                return Outcome(found, cached=True)
            return Outcome(self._build(kind, stage, key, entry, build), cached=False)

    def get(self, kind: type[Ref], stage: str, key: str) -> Ref | None:
        """The undamaged entry of this key, if there is one; it counts as used now."""
        found = self._intact(kind, self.root / stage / key)
        if found is not None:
            os.utime(found.path(MANIFEST))
        return found

    def find(self, kind: type[Ref], stage: str, fits: Callable[[Ref], bool]) -> Ref | None:
        """Return an undamaged entry of a stage for which `fits` is true; None if there is none."""
        refs = (read_entry(kind, entry) for entry in self.entries(stage))
        return next((ref for ref in refs if ref and fits(ref) and self._intact(kind, ref.directory)), None)

    def entries(self, stage: str) -> list[Path]:
        """Return the folders of the entries of a stage, or of all stages (`*`), without drafts."""
        found = (manifest.parent for manifest in sorted(self.root.glob(f"{stage}/*/{MANIFEST}")))
        return [entry for entry in found if entry.suffix != DRAFT]

    @contextmanager
    def _locked(self, entry: Path) -> Iterator[None]:
        entry.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{entry}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            log.warning(say("stages.busy", stage=entry.parent.name))
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _intact(self, kind: type[Ref], entry: Path) -> Ref | None:
        if not entry.exists():
            return None
        ref = read_entry(kind, entry)
        if ref is None:
            log.warning(say("stages.again", entry=entry))
            return None
        for name, expected in ref.files.items():
            path = ref.path(name)
            if not path.is_file() or file_sha256(path) != expected:
                log.warning(say("stages.damaged", path=path))
                return None
        return ref

    def _build(self, kind: type[Ref], stage: str, key: str, entry: Path, build: Build[StageFacts]) -> Ref:
        for abandoned in entry.parent.glob(f"{key}.*{DRAFT}"):  # of a killed process: the entry is locked
            shutil.rmtree(abandoned)
        with draft_beside(entry) as draft:
            draft.mkdir()
            facts = build(draft)
            files = {str(p.relative_to(draft)): file_sha256(p) for p in sorted(draft.rglob("*")) if p.is_file()}
            ref = kind(stage=stage, key=key, directory=entry, files=files, facts=facts)
            manifest = ref.model_dump_json(indent=1, exclude={"directory"})
            (draft / MANIFEST).write_text(manifest, "utf-8")
            shutil.rmtree(entry, ignore_errors=True)
            draft.rename(entry)
        return ref


def read_entry(kind: type[Ref], entry: Path) -> Ref | None:
    """Return the reference in an entry's manifest, without verifying its files.

    None, with a line in the log, if the manifest is damaged or was written by another version.
    """
    try:
        return kind.model_validate(json.loads((entry / MANIFEST).read_text("utf-8")) | {"directory": entry})
    except (OSError, ValueError):
        log.warning(say("stages.manifest_unreadable", entry=entry))
        return None
