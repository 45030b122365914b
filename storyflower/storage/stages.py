"""The stage store keeps the files of each stage under a key of everything that the stage depends on.

An entry is a folder of files with a `manifest.json` that contains the digest of each file. It is written to a draft
folder and renamed, so that a reader sees a complete entry or none; it is verified at each use.

With a shared store (`STORYFLOWER_STORE`) an entry that is not in the home is downloaded from there, and what is built
is uploaded. Of two entries that machines have built for one key the first is used by both.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock

from storyflower.atomic import DRAFT, draft_beside
from storyflower.digests import file_sha256
from storyflower.messages import say
from storyflower.storage.entries import MANIFEST, Build, Outcome, Ref, StageFacts, StageRef, read_entry, stage_key
from storyflower.storage.home import Home
from storyflower.storage.shared import SharedEntry, SharedStages
from storyflower.storage.waiting import held

log = logging.getLogger(__name__)

_SHARED = ".shared"
"""End of the name of the file beside an entry with the address of the shared store that has the entry too."""


class StageStore:
    """Entries under `<home>/stages/<stage>/<key>/`, and in the shared store if the home has one."""

    def __init__(self, home: Home, *, local: bool = False) -> None:
        """Open the store of a home; with `local` its entries neither come from the shared store nor go there."""
        self.root = home.stages
        self._shared = SharedStages(home.store) if home.store and not local else None

    def get_or_build(
        self, kind: type[Ref], stage: str, depends_on: dict[str, Any], build: Build[StageFacts]
    ) -> Outcome[Ref]:
        """Return the entry for `depends_on`, which is built if it is missing or damaged.

        A damaged entry is logged. If two processes request the same entry, one builds it and the other waits; so do
        two machines with a shared store, from which an entry is `cached` as well.

        Args:
            kind: the type of the reference.
            stage: the name of the stage.
            depends_on: everything that the content of the entry depends on, as JSON-able values.
            build: writes the files and returns the facts of `kind`.

        Raises:
            SharedStoreError: the shared store cannot be used. What was built is in the home: the next call uploads it.
        """
        key = stage_key(depends_on)
        entry = self.root / stage / key
        with self._locked(entry):
            found = self._intact(kind, entry)
            if found is not None:
                os.utime(entry / MANIFEST)  # the time of the last use
                return Outcome(self._settled(self._shared, found), cached=True)
            if self._shared is None:
                return Outcome(self._build(kind, stage, key, entry, build), cached=False)
            return self._from_others_or_built(self._shared, kind, stage, key, build)

    def get(self, kind: type[Ref], stage: str, key: str) -> Ref | None:
        """The undamaged entry of this key, of the home or else of the shared store; it counts as used now.

        None if there is none.

        Raises:
            SharedStoreError: the home does not have it, and the shared store cannot be used.
        """
        entry = self.root / stage / key
        found = self._intact(kind, entry)
        if found is not None:
            os.utime(found.path(MANIFEST))
        if found is not None or self._shared is None:
            return found
        with self._locked(entry):
            found = self._intact(kind, entry)  # another process may have downloaded it meanwhile
            theirs = self._shared.read(stage, key) if found is None else None
            return self._downloaded(self._shared, kind, entry, theirs) if isinstance(theirs, SharedEntry) else found

    def share(self, ref: Ref) -> Ref:
        """Return the entry that all machines use, which is uploaded if it was removed from the shared store since.

        For an entry that others are told of: `get_or_build` does not ask the store again about what was once there.

        Raises:
            SharedStoreError: the shared store cannot be used.
        """
        if self._shared is None:
            return ref
        with self._locked(ref.directory):
            _mark(ref.directory).unlink(missing_ok=True)
            return self._settled(self._shared, ref)

    def forget_shared(self, stage: str, key: str) -> None:
        """Let an entry that was removed from the shared store be uploaded when it is used next."""
        _mark(self.root / stage / key).unlink(missing_ok=True)

    def find(self, kind: type[Ref], stage: str, fits: Callable[[Ref], bool]) -> Ref | None:
        """Return an undamaged entry of a stage for which `fits` is true; None if the home has none.

        The shared store is not searched: every manifest there would be downloaded.
        """
        refs = (read_entry(kind, entry) for entry in self.entries(stage))
        return next((ref for ref in refs if ref and fits(ref) and self._intact(kind, ref.directory)), None)

    def entries(self, stage: str) -> list[Path]:
        """Return the folders of the entries of a stage, or of all stages (`*`), without drafts."""
        found = (manifest.parent for manifest in sorted(self.root.glob(f"{stage}/*/{MANIFEST}")))
        return [entry for entry in found if entry.suffix != DRAFT]

    @contextmanager
    def _locked(self, entry: Path) -> Iterator[None]:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with held(FileLock(f"{entry}.lock"), lambda: log.warning(say("stages.busy", stage=entry.parent.name))):
            yield

    def _from_others_or_built(
        self, shared: SharedStages, kind: type[Ref], stage: str, key: str, build: Build[StageFacts]
    ) -> Outcome[Ref]:
        entry, theirs = self.root / stage / key, shared.read(stage, key)
        with shared.turn(stage, key) if theirs is None else nullcontext(theirs) as found:
            damaged = found if isinstance(found, SharedEntry) else None
            downloaded = self._downloaded(shared, kind, entry, damaged) if damaged else None
            if downloaded is not None:
                return Outcome(downloaded, cached=True)
            _mark(entry).unlink(missing_ok=True)
            built = self._build(kind, stage, key, entry, build)
            return Outcome(self._settled(shared, built, damaged), cached=False)

    def _settled(self, shared: SharedStages | None, ref: Ref, damaged: SharedEntry | None = None) -> Ref:
        """Return the entry that all machines use: this one, which is uploaded, or the one that is in the shared store.

        `damaged` is an entry there that is replaced.
        """
        if shared is None or _marked_for(ref.directory, shared):
            return ref
        manifest = ref.model_dump(mode="json", exclude={"directory"})
        winner = shared.offer(ref.directory, manifest, damaged)
        if winner.manifest == manifest:
            _mark(ref.directory).write_text(shared.place, "utf-8")
            return ref
        log.warning(say("log.shared_other_used", stage=ref.stage, key=ref.key))
        return self._downloaded(shared, type(ref), ref.directory, winner) or self._settled(shared, ref, winner)

    def _downloaded(self, shared: SharedStages, kind: type[Ref], entry: Path, found: SharedEntry) -> Ref | None:
        """Download an entry into the home; return None, with a line in the log, if it is damaged or unreadable."""
        try:
            ref = kind.model_validate({**found.manifest, "directory": entry})
        except ValueError:
            log.warning(say("stages.manifest_unreadable", entry=f"{shared.place}: {entry.parent.name}/{entry.name}"))
            return None
        with draft_beside(entry) as draft:
            draft.mkdir()
            if not shared.download(ref.stage, ref.key, found, draft):
                return None
            _finish(ref, draft)
        _mark(entry).write_text(shared.place, "utf-8")
        return ref

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
            _finish(ref, draft)
        return ref


def _finish(ref: StageRef[Any], draft: Path) -> None:
    """Write the manifest, and give the draft the place of the entry."""
    (draft / MANIFEST).write_text(ref.model_dump_json(indent=1, exclude={"directory"}), "utf-8")
    shutil.rmtree(ref.directory, ignore_errors=True)
    draft.rename(ref.directory)


def _mark(entry: Path) -> Path:
    return entry.with_name(f"{entry.name}{_SHARED}")


def _marked_for(entry: Path, shared: SharedStages) -> bool:
    """Return whether the shared store is known to have this entry, so that it need not be asked."""
    mark = _mark(entry)
    return mark.is_file() and mark.read_text("utf-8") == shared.place
