"""Checkpoints of a running training in the shared store, so that another machine resumes it if this one dies.

`checkpoints/<key>/manifest.json` names the newest checkpoint. Each is uploaded while the training goes on, under a name
that is never used again; the manifest is written last, and the upload before it removed.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storyflower.atomic import draft_beside
from storyflower.errors import SharedStoreError
from storyflower.messages import say
from storyflower.storage.home import Home
from storyflower.storage.objects import Objects, Version
from storyflower.storage.shared import CHECKPOINTS, MANIFEST
from storyflower.storage.transfers import StoppedError, fetch_files, send_stream
from storyflower.training.checkpoint_files import checkpoint_files, is_intact

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Seconds between two looks into the folder, where whole files appear by a rename, whichever process writes them."""
PAUSE = 60.0
"""Seconds before the next look after an upload that failed."""


class SharedCheckpoint(BaseModel):
    """The newest checkpoint of a training in the shared store."""

    model_config = ConfigDict(frozen=True)

    upload: str = Field(pattern=r"^[0-9a-f]{32}$")
    name: str = Field(pattern=r"^epoch-\d+\.[0-9a-f]{16}\.pt$")
    epoch: int
    sha256: str
    size: int
    """Bytes."""
    fingerprint: str
    """Of the training: an equal key does not promise equal weights at its beginning."""


@contextmanager
def shared_checkpoints(home: Home, key: str, folder: Path, fingerprint: str) -> Iterator[None]:
    """Download a checkpoint of a training that is further than those in a folder; upload new ones within the block.

    An upload that is under way at the end of the block is ended. Nothing is done without a shared store.

    Args:
        home: the home of the training.
        key: of the stage.
        folder: of the checkpoints.
        fingerprint: of the training (`TrainingJob.fingerprint`).

    Raises:
        SharedStoreError: the shared store cannot be used at the beginning; later failures are logged.
    """
    if home.store is None:
        yield
        return
    mirror = _Mirror(Objects(home.store), key, folder, fingerprint)
    mirror.fetch()
    thread = Thread(target=mirror.follow, name="checkpoints", daemon=True)
    thread.start()
    try:
        yield
    finally:
        mirror.ending.set()
        thread.join()


def remove_checkpoints(home: Home, key: str, *, shared: bool = True) -> None:
    """Remove the checkpoints of a training that will not be resumed, from the home and, if `shared`, from the store."""
    shutil.rmtree(home.checkpoints / key, ignore_errors=True)
    if shared:
        drop_shared_checkpoints(home, key)


def drop_shared_checkpoints(home: Home, key: str) -> None:
    """Remove the checkpoints of a training that is done. A failure is logged: `prune` removes what is old."""
    if home.store is None:
        return
    try:
        Objects(home.store).delete_below(f"{CHECKPOINTS}/{key}")
    except SharedStoreError as error:
        log.warning(say("log.checkpoints_not_dropped", error=error))


class _Mirror:
    """The folder of a training's checkpoints, and the newest of them in the shared store."""

    def __init__(self, objects: Objects, key: str, folder: Path, fingerprint: str) -> None:
        self._objects, self._local, self._fingerprint = objects, folder, fingerprint
        self._shared = f"{CHECKPOINTS}/{key}"
        self.ending = Event()

    def fetch(self) -> None:
        """Download the shared checkpoint if it belongs to this training and is further than the newest intact file."""
        theirs, _ = self._newest()
        if theirs is None or theirs.fingerprint != self._fingerprint:
            return
        if any(epoch >= theirs.epoch and is_intact(file) for epoch, file in checkpoint_files(self._local)):
            return
        self._local.mkdir(parents=True, exist_ok=True)
        source, files, sizes = (
            f"{self._shared}/{theirs.upload}",
            {theirs.name: theirs.sha256},
            {theirs.name: theirs.size},
        )
        with draft_beside(self._local) as draft:
            draft.mkdir()
            if fetch_files(self._objects, source, draft, files, sizes, name="checkpoint"):
                log.warning(say("log.shared_damaged", name="checkpoint", place=self._objects.place, files=theirs.name))
                return
            (draft / theirs.name).replace(self._local / theirs.name)
        log.info(say("log.checkpoint_brought", epoch=theirs.epoch))

    def follow(self) -> None:
        """Upload each new checkpoint, or the newest of several, until `ending` is set."""
        sent, pause = 0, POLL_SECONDS
        while not self.ending.wait(pause):
            epoch, file = max(checkpoint_files(self._local), default=(0, self._local))
            if epoch <= sent:
                continue
            pause = POLL_SECONDS
            try:
                with suppress(FileNotFoundError, StoppedError):  # removed, since a newer one was written
                    self._send(epoch, file)
                    sent = epoch
            except SharedStoreError as error:
                log.warning(say("log.checkpoint_not_sent", error=error))
                pause = PAUSE

    def _send(self, epoch: int, file: Path) -> None:
        """Upload a checkpoint, unless the shared one of this training is as far; the manifest is written last."""
        theirs, version = self._newest()
        if theirs is not None and theirs.fingerprint == self._fingerprint and theirs.epoch >= epoch:
            return
        upload, size = uuid4().hex, file.stat().st_size
        with file.open("rb") as source:
            sha256 = send_stream(self._objects, f"{self._shared}/{upload}/{file.name}", source, size, stop=self.ending)
        mine = SharedCheckpoint(
            upload=upload, name=file.name, epoch=epoch, sha256=sha256, size=size, fingerprint=self._fingerprint
        )
        name, content = f"{self._shared}/{MANIFEST}", mine.model_dump_json(indent=1).encode()
        if version is None:
            self._objects.create(name, content)
        else:
            self._objects.replace(name, content, version)
        newest, _ = self._newest()  # another machine's, if it has written its own meanwhile
        known = [found.upload for found in (theirs, newest) if found is not None]
        for needless in {upload, *known[:1]} - {*known[-1:]}:
            self._objects.delete_below(f"{self._shared}/{needless}")

    def _newest(self) -> tuple[SharedCheckpoint | None, Version | None]:
        """The newest checkpoint in the shared store, or None without a readable one; and the manifest's version."""
        found = self._objects.read(f"{self._shared}/{MANIFEST}")
        if found is None:
            return None, None
        try:
            return SharedCheckpoint.model_validate_json(found.content), found.version
        except ValidationError:
            return None, found.version
