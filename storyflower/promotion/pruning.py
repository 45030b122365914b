"""Prunes a home: old and unused caches, checkpoints and downloads, and versions that the gate refused.

Entries that no run has used for `keep_days` days are removed, unless a registered version was made from them. The
newest `keep_rejected` of the refused versions stay, as do versions with an alias and former champions.

The same holds for a shared store, where a download counts as a use. The versions are those of the home's own MLflow
store.
"""

import logging
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import Timeout
from pydantic import BaseModel

from storyflower.messages import say
from storyflower.pipeline.model_facts import TRAINING_STAGES
from storyflower.promotion.retention import (
    Needed,
    drop_refused_versions,
    is_needed,
    is_needed_by,
    needed_by_versions,
    refused_versions,
    runs_under_way,
)
from storyflower.storage.cleanup import StageCleanup
from storyflower.storage.home import CHOSEN_FOLDER, SWEEP_LOCK, Home
from storyflower.storage.shared_cleanup import SharedCleanup, SharedItem, SharedKind
from storyflower.storage.stages import StageStore
from storyflower.tracking.store_home import is_within

log = logging.getLogger(__name__)

_DAY = 86_400.0

Kind = (
    Literal["rejected version", "stage cache", "unfinished draft", "checkpoint", "download", "scoring", "sweep"]
    | SharedKind
)


class Pruned(BaseModel):
    """An item that was removed, or would be in a dry run."""

    kind: Kind
    name: str
    bytes: int
    idle_days: float
    """Days since the last use; for a version, since its registration."""


class PruningReport(BaseModel):
    """All items that were removed, or would be in a dry run."""

    dry_run: bool
    pruned: list[Pruned]
    kept_for: list[str] = []
    """Name and id of the runs under way in MLflow: for them all entries of the home and all versions were kept."""

    @property
    def bytes(self) -> int:
        """The number of freed bytes."""
        return sum(item.bytes for item in self.pruned)

    @property
    def summary(self) -> str:
        """What was removed, and why what else is old was not."""
        code = "prune.would_go" if self.dry_run else "prune.gone"
        found = say(code, count=len(self.pruned), mib=f"{self.bytes / 2**20:,.1f}")
        return f"{found} {say('prune.kept_for', runs=', '.join(self.kept_for))}" if self.kept_for else found


def prune(home: Home, *, keep_days: int, keep_rejected: int, dry_run: bool = False) -> PruningReport:
    """Prune the home and its registry; safe while runs are active.

    Args:
        home: the home to prune.
        keep_days: days after which an unused cache, checkpoint or download is removed.
        keep_rejected: the number of refused versions that stay.
        dry_run: only list the items, and remove nothing.

    Raises:
        TrackingError: the MLflow store cannot be reached; nothing is removed then.
        SharedStoreError: the shared store cannot be reached; nothing is removed then.
    """
    pruner = _Pruner(home, keep_days, keep_rejected, time.time(), dry_run)
    shared = pruner.old_in_shared_store()
    versions = list(pruner.versions())
    needed = needed_by_versions(home, besides=frozenset(version.name for version in versions))
    kept_for = runs_under_way(home)  # their inputs may become older than `keep_days` meanwhile
    found = [*versions, *([] if kept_for else pruner.stages(needed)), *pruner.drafts(), *pruner.checkpoints()]
    found += pruner.shared(shared, needed)
    found += pruner.files("download", home.downloads.glob("*"))
    found += pruner.files("scoring", home.scorings.glob("*.json"))
    found += pruner.sweeps()
    report = PruningReport(dry_run=dry_run, pruned=found, kept_for=kept_for)
    log.info("prune: %s", report.summary)
    return report


@dataclass(frozen=True)
class _Pruner:
    """One application of the policy; each method removes items, unless this is a dry run, and yields them."""

    home: Home
    keep_days: int
    keep_rejected: int
    now: float
    """Seconds since 1970."""
    dry_run: bool

    @property
    def _store(self) -> StageCleanup:
        return StageCleanup(self.home)

    def versions(self) -> Iterator[Pruned]:
        found = refused_versions if self.dry_run else drop_refused_versions
        for version in found(self.home, self.keep_rejected):
            idle = (self.now - version.registered_ms / 1000) / _DAY
            yield Pruned(kind="rejected version", name=version.number, bytes=version.size, idle_days=idle)

    def stages(self, needed: Needed) -> Iterator[Pruned]:
        moment = self.now - self.keep_days * _DAY
        for ref in self._store.unused_since(moment):
            if is_needed(ref, needed) or not self._is_ours(ref.directory):
                continue
            item = self._described("stage cache", ref.directory, f"{ref.stage}/{ref.key}")
            if self.dry_run or self._store.drop_unused(ref, moment):
                yield item

    def old_in_shared_store(self) -> list[SharedItem]:
        store = self.home.store
        return SharedCleanup(store).unused_since(self.now - self.keep_days * _DAY) if store else []

    def shared(self, items: Iterable[SharedItem], needed: Needed) -> Iterator[Pruned]:
        """Prune what is old in the shared store."""
        for item in items:
            if item.manifest is not None and is_needed_by(item.manifest, needed):
                continue
            if not self.dry_run and self.home.store:
                SharedCleanup(self.home.store).drop(item)
                if item.manifest is not None:
                    StageStore(self.home).forget_shared(item.manifest["stage"], item.manifest["key"])
            idle = (self.now - item.last_used) / _DAY
            yield Pruned(kind=item.kind, name=item.name, bytes=item.bytes, idle_days=idle)

    def drafts(self) -> Iterator[Pruned]:
        for draft in filter(self._is_ours, self._store.abandoned_drafts()):
            item = self._described("unfinished draft", draft, f"{draft.parent.name}/{draft.name}")
            if self.dry_run or self._store.drop_draft(draft):
                yield item

    def checkpoints(self) -> Iterator[Pruned]:
        """Prune checkpoints of trainings that were not resumed; their folders are named by the key of the stage."""
        for folder in filter(self._is_ours, _folders(self.home.checkpoints)):
            key = folder.name
            with ExitStack() as locks:
                idle = [locks.enter_context(self._store.lock_if_idle(stage, key)) for stage in TRAINING_STAGES]
                item = self._described("checkpoint", folder, key)
                if all(idle) and item.idle_days > self.keep_days:
                    if not self.dry_run:
                        shutil.rmtree(folder)
                    yield item

    def files(self, kind: Kind, found: Iterable[Path]) -> Iterator[Pruned]:
        """Prune remote workbooks, which every run downloads again, and records of scorings, which are then repeated."""
        for file in filter(self._is_ours, sorted(filter(Path.is_file, found))):
            item = self._described(kind, file, file.name)
            if item.idle_days > self.keep_days:
                if not self.dry_run:
                    file.unlink(missing_ok=True)
                yield item

    def sweeps(self) -> Iterator[Pruned]:
        """Prune the studies and reports of sweeps; none while one is active. What was chosen stays: cards name it."""
        folders = [folder for folder in _folders(self.home.sweeps) if folder.name != CHOSEN_FOLDER]
        if not folders:
            return
        with suppress(Timeout), self.home.lock(SWEEP_LOCK).acquire(timeout=0):
            for folder in filter(self._is_ours, folders):
                item = self._described("sweep", folder, folder.name)
                if item.idle_days > self.keep_days:
                    if not self.dry_run:
                        shutil.rmtree(folder)
                    yield item

    def _is_ours(self, path: Path) -> bool:
        """Return whether the path is inside this home; a target of a symbolic link outside of it is never removed."""
        if is_within(self.home.folder, path):
            return True
        log.warning(say("log.not_pruned_outside", path=path, target=path.resolve()))
        return False

    def _described(self, kind: Kind, path: Path, name: str) -> Pruned:
        found = list(_stats(path))
        newest = max((entry.st_mtime for entry in found), default=self.now)
        size = sum(entry.st_size for entry in found if stat.S_ISREG(entry.st_mode))
        return Pruned(kind=kind, name=name, bytes=size, idle_days=(self.now - newest) / _DAY)


def _folders(parent: Path) -> list[Path]:
    """Return the folders in a folder of the home; what else lies there, such as a `.DS_Store`, is not the home's."""
    return sorted(filter(Path.is_dir, parent.glob("*")))


def _stats(path: Path) -> Iterator[os.stat_result]:
    """Yield the stats of a file, or of a folder and everything in it, without files that another run has removed."""
    for found in (path, *path.rglob("*")):
        with suppress(FileNotFoundError):
            yield found.stat()
