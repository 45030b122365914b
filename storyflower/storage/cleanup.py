"""Cleaning up the stage store: entries that no run has used for long, and drafts that killed runs have left."""

import math
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from storyflower.atomic import DRAFT, draft_beside
from storyflower.storage.entries import MANIFEST, AnyFacts, StageRef, read_entry
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore


class StageCleanup:
    """Finds and removes entries and drafts of a stage store; safe while runs use the store."""

    def __init__(self, home: Home) -> None:
        self._store = StageStore(home)

    def unused_since(self, moment: float) -> list[StageRef[AnyFacts]]:
        """Return the entries that no run has created or used since `moment` (seconds since 1970)."""
        old = (entry for entry in self._store.entries("*") if _last_used(entry) < moment)
        refs = [read_entry(StageRef[AnyFacts], entry) for entry in old]
        return [ref for ref in refs if ref is not None]

    def abandoned_drafts(self) -> list[Path]:
        """Return the drafts of killed runs: those at whose stage no run is working."""
        found = []
        for draft in sorted(filter(Path.is_dir, self._store.root.glob(f"*/*{DRAFT}"))):
            with self._lock_draft_if_idle(draft) as idle:
                found += [draft] if idle else []
        return found

    def drop_unused(self, ref: StageRef[AnyFacts], moment: float) -> bool:
        """Remove an entry unless a run is working at its stage or has used it since `moment`; return whether it did."""
        with self.lock_if_idle(ref.stage, ref.key) as idle:
            if not idle or _last_used(ref.directory) >= moment:
                return False
            with draft_beside(ref.directory) as removed:  # renamed first: a reader sees a complete entry or none
                ref.directory.rename(removed)
            return True

    def drop_draft(self, draft: Path) -> bool:
        """Remove a draft unless a run is working at its stage; return whether it did."""
        with self._lock_draft_if_idle(draft) as idle:
            if idle:
                shutil.rmtree(draft, ignore_errors=True)  # a run that has begun the stage since may have removed it
            return idle

    @contextmanager
    def lock_if_idle(self, stage: str, key: str) -> Iterator[bool]:
        """Lock a stage unless a run is working at it; yield whether it is locked, which lasts for the context.

        The lock file stays, because other processes may be waiting for the lock on it.
        """
        entry = self._store.root / stage / key
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

    def _lock_draft_if_idle(self, draft: Path) -> AbstractContextManager[bool]:
        return self.lock_if_idle(draft.parent.name, draft.name.partition(".")[0])


def _last_used(entry: Path) -> float:
    """Return the time of the last use in seconds since 1970.

    An entry that another run is replacing or removing at this moment counts as in use: infinity.
    """
    try:
        return (entry / MANIFEST).stat().st_mtime
    except FileNotFoundError:
        return math.inf
