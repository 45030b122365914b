"""The stage store: what each stage made, kept under a key of everything that it depends on.

An entry is a folder of files with a `manifest.json` that names each file's digest. It is written beside its
final place and renamed, so that a reader sees a whole entry or none; it is verified whenever it is used.
"""

import json
import logging
import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
    """Counts and figures that a stage leaves beside its files: one frozen model for each stage, kept as JSON."""

    model_config = ConfigDict(frozen=True)


class AnyFacts(StageFacts):
    """The facts of an entry whatever its stage, for a reader that does not look at them."""

    model_config = ConfigDict(extra="allow")


Facts = TypeVar("Facts", bound=StageFacts)

Build = Callable[[Path], Facts]
"""Writes a stage's files into the folder it is given and returns the stage's facts."""


class StageRef(BaseModel, Generic[Facts]):
    """What travels between stages: where the files are, their digests, and the stage's facts. Never the data itself."""

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
        """Digest of the content, whatever the folder's name."""
        return digest_of(self.files)

    def path(self, name: str) -> Path:
        """Path of one of the files."""
        return self.directory / name


Value = TypeVar("Value")
Ref = TypeVar("Ref", bound=StageRef[Any])


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """What a stage gives, whether it was there already, and one line about it for people."""

    value: Value
    cached: bool
    summary: str = ""


def stage_key(depends_on: dict[str, Any]) -> str:
    """The key (32 hex digits) of what a stage makes of these dependencies."""
    return digest_of(depends_on)[:32]


class StageStore:
    """Entries under `<home>/stages/<stage>/<key>/`."""

    def __init__(self, home: Home) -> None:
        self.root = home.stages

    def get_or_build(
        self, kind: type[Ref], stage: str, depends_on: dict[str, Any], build: Build[StageFacts]
    ) -> Outcome[Ref]:
        """The entry for `depends_on`, built when there is none; `build` returns the facts that `kind` holds.

        A missing or damaged entry is built again, with a line in the log. Two processes asking for the same
        entry build it once: the second waits.
        """
        key = stage_key(depends_on)
        entry = self.root / stage / key
        with self._locked(entry):
            found = self._intact(kind, entry)
            if found is not None:
                os.utime(entry / MANIFEST)  # when it was last used
                return Outcome(found, cached=True)
            return Outcome(self._build(kind, stage, key, entry, build), cached=False)

    def get(self, kind: type[Ref], stage: str, key: str) -> Ref | None:
        """The undamaged entry of this key, if there is one; it counts as used now."""
        found = self._intact(kind, self.root / stage / key)
        if found is not None:
            os.utime(found.path(MANIFEST))
        return found

    def find(self, kind: type[Ref], stage: str, fits: Callable[[Ref], bool]) -> Ref | None:
        """An undamaged entry of a stage that fits, if there is one."""
        refs = (read_entry(kind, entry) for entry in self._entries(stage))
        return next((ref for ref in refs if ref and fits(ref) and self._intact(kind, ref.directory)), None)

    def unused_since(self, moment: float) -> list[StageRef[AnyFacts]]:
        """The entries that no run has made or used since `moment` (seconds since 1970)."""
        refs = [read_entry(StageRef[AnyFacts], entry) for entry in self._entries("*") if _last_used(entry) < moment]
        return [ref for ref in refs if ref is not None]

    def abandoned_drafts(self) -> list[Path]:
        """What runs that were killed have left: drafts at whose stage no run is now."""
        found = []
        for draft in sorted(self.root.glob(f"*/*{DRAFT}")):
            with self._nobody_at_draft(draft) as free:
                found += [draft] if free else []
        return found

    def drop_unused(self, ref: StageRef[AnyFacts], moment: float) -> bool:
        """Remove an entry, unless a run is at this stage now or has used it since `moment`."""
        with self.nobody_at(ref.stage, ref.key) as free:
            if not free or _last_used(ref.directory) >= moment:
                return False
            with draft_beside(ref.directory) as removed:  # renamed first: a reader sees a whole entry or none
                ref.directory.rename(removed)
            return True

    def drop_draft(self, draft: Path) -> bool:
        """Remove a draft, unless a run is at its stage now."""
        with self._nobody_at_draft(draft) as free:
            if free:
                shutil.rmtree(draft, ignore_errors=True)  # the stage, begun again since, may have removed it
            return free

    @contextmanager
    def nobody_at(self, stage: str, key: str) -> Iterator[bool]:
        """Whether no run is at this stage now; if so, none can begin before this context ends.

        The lock's file stays: whoever waits at it must find the same one.
        """
        entry = self.root / stage / key
        entry.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{entry}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _entries(self, stage: str) -> list[Path]:
        """The folders of a stage, or of all (`*`), that are no drafts."""
        found = (manifest.parent for manifest in sorted(self.root.glob(f"{stage}/*/{MANIFEST}")))
        return [entry for entry in found if entry.suffix != DRAFT]

    def _nobody_at_draft(self, draft: Path) -> AbstractContextManager[bool]:
        return self.nobody_at(draft.parent.name, draft.name.partition(".")[0])

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
        for left_by_a_kill in entry.parent.glob(f"{key}.*{DRAFT}"):  # nobody else writes here: the entry is locked
            shutil.rmtree(left_by_a_kill)
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
    """The reference that an entry's manifest holds, its files not looked at.

    None, with a line in the log, when it cannot be read as this kind: it is damaged, or of another version.
    """
    try:
        return kind.model_validate(json.loads((entry / MANIFEST).read_text("utf-8")) | {"directory": entry})
    except (OSError, ValueError):
        log.warning(say("stages.manifest_unreadable", entry=entry))
        return None


def _last_used(entry: Path) -> float:
    """In seconds since 1970; an entry that another run is just replacing or removing counts as in use."""
    try:
        return (entry / MANIFEST).stat().st_mtime
    except FileNotFoundError:
        return math.inf
