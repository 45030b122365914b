"""Entries of the stage store in a shared store, where the machines of a team find what one of them has built.

`stages/<stage>/<key>/manifest.json` refers to the files of one upload, in `stages/<stage>/<key>/<upload>/`. The name of
an upload is random and never used again, so that two builders of one key cannot write each other's files; the manifest
is written last and only if there is none, so that the first builder wins whole and the other uses what it finds. Names
in a manifest are relative, and it contains no path of a machine.
"""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, TypeGuard
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from storyflower.messages import say
from storyflower.processes import ProcessMark
from storyflower.storage import lease as leases
from storyflower.storage.lease import Lease
from storyflower.storage.objects import Objects, Version
from storyflower.storage.transfers import fetch_files, send_files

log = logging.getLogger(__name__)

STAGES = "stages"
CHECKPOINTS = "checkpoints"
LEASES = "leases"
MANIFEST = "manifest.json"
USED = "used"
"""Name of the object beside the manifest that is written at each download: its time is that of the last use."""
_DOWNLOADS = 2
"""Attempts before the files of an entry count as damaged."""


def _inside(name: str) -> str:
    """Return the name of a file if it leads to a place inside its folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or re.search(r"[\\:\0]", name):
        raise ValueError("the name of a file leads out of its folder")
    return name


_FileName = Annotated[str, AfterValidator(_inside)]


class _Upload(BaseModel):
    """What a shared manifest has in addition to a local one, and what a download relies on."""

    model_config = ConfigDict(frozen=True)

    upload: str = Field(pattern=r"^[0-9a-f]{32}$")
    stage: str
    key: str
    files: dict[_FileName, str]
    sizes: dict[_FileName, Annotated[int, Field(ge=0)]]


@dataclass(frozen=True)
class SharedEntry:
    """An entry in the shared store."""

    manifest: Mapping[str, Any] = field(repr=False)
    """What the manifest of the local store contains."""
    upload: str
    sizes: Mapping[str, int]
    """Bytes of each file."""
    version: Version
    """Of the manifest."""

    @property
    def files(self) -> Mapping[str, str]:
        """Names and SHA-256 of the files."""
        found: Mapping[str, str] = self.manifest["files"]
        return found


@dataclass(frozen=True)
class Unreadable:
    """An entry whose manifest is damaged or was written by another version."""

    version: Version


class SharedStages:
    """The stage store of a shared store. Every method raises SharedStoreError as those of `Objects` do."""

    def __init__(self, address: str) -> None:
        self._objects = Objects(address)

    @property
    def place(self) -> str:
        """The address, without secrets."""
        return self._objects.place

    def read(self, stage: str, key: str) -> SharedEntry | Unreadable | None:
        """Return what the store has under a key, without its files; None if there is nothing."""
        found = self._objects.read(_manifest(stage, key))
        if found is None:
            return None
        try:
            content = json.loads(found.content)
            upload = _Upload.model_validate(content)
        except (ValueError, ValidationError):
            upload = None
        if upload is None or (upload.stage, upload.key) != (stage, key) or upload.sizes.keys() != upload.files.keys():
            log.warning(say("log.shared_manifest_unreadable", name=f"{stage}/{key}", place=self.place))
            return Unreadable(found.version)
        manifest = {name: value for name, value in content.items() if name not in {"upload", "sizes"}}
        return SharedEntry(manifest, upload.upload, upload.sizes, found.version)

    def download(self, stage: str, key: str, entry: SharedEntry, folder: Path) -> bool:
        """Write the files of an entry into an empty folder; return whether all of them are what the manifest names."""
        prefix, name = f"{_folder(stage, key)}/{entry.upload}", f"{stage}/{key}"
        missing = dict(entry.files)
        for _ in range(_DOWNLOADS):
            damaged = fetch_files(self._objects, prefix, folder, missing, entry.sizes, name=stage)
            if not damaged:
                self._objects.put(f"{_folder(stage, key)}/{USED}", b"")
                return True
            log.warning(say("log.shared_damaged", name=name, place=self.place, files=", ".join(damaged)))
            missing = {file: entry.files[file] for file in damaged}
        return False

    def offer(self, folder: Path, manifest: Mapping[str, Any], damaged: SharedEntry | None = None) -> SharedEntry:
        """Upload an entry unless there is one already; return the one that is under the key afterwards.

        An entry whose manifest is unreadable is replaced.

        Args:
            folder: the folder of the files.
            manifest: what the manifest of the local store contains.
            damaged: an entry that could not be downloaded, and is replaced.
        """
        stage, key = manifest["stage"], manifest["key"]
        current = self.read(stage, key)
        if _stands(current, damaged):
            return current
        upload, sizes = uuid4().hex, {name: (folder / name).stat().st_size for name in manifest["files"]}
        send_files(self._objects, f"{_folder(stage, key)}/{upload}", folder, sizes, name=stage)
        content = json.dumps({**manifest, "upload": upload, "sizes": sizes}, ensure_ascii=False, indent=1).encode()
        while not _stands(current := self.read(stage, key), damaged):
            version = self._written(_manifest(stage, key), content, current)
            if version is not None:
                if isinstance(current, SharedEntry):
                    self._drop_upload(stage, key, current.upload)
                return SharedEntry(manifest, upload, sizes, version)
        if current.upload != upload:  # otherwise this one was written, by a try whose answer was lost
            self._drop_upload(stage, key, upload)
        return current

    @contextmanager
    def turn(self, stage: str, key: str) -> Iterator[SharedEntry | None]:
        """Wait while another machine builds an entry; yield the entry if there is one now, or None to build it.

        Others wait until the end of the context. In a folder there are no leases, and nothing is waited for.
        """
        if not self._objects.compares:
            yield None
            return
        with Lease(self._objects, f"{LEASES}/{stage}/{key}") as lease:
            holder = lease.acquire()
            if holder is not None:
                log.warning(say("log.shared_busy", stage=stage, host=_host(holder)))
            while holder is not None and not isinstance(self.read(stage, key), SharedEntry):
                time.sleep(leases.LOOK)
                holder = lease.acquire()
            found = self.read(stage, key)  # between the first look and the lease it may have been built
            yield found if isinstance(found, SharedEntry) else None

    def _written(self, name: str, content: bytes, current: SharedEntry | Unreadable | None) -> Version | None:
        if current is None:
            return self._objects.create(name, content)
        return self._objects.replace(name, content, current.version)

    def _drop_upload(self, stage: str, key: str, upload: str) -> None:
        self._objects.delete_below(f"{_folder(stage, key)}/{upload}")


def _folder(stage: str, key: str) -> str:
    return f"{STAGES}/{stage}/{key}"


def _manifest(stage: str, key: str) -> str:
    return f"{_folder(stage, key)}/{MANIFEST}"


def _host(holder: str) -> str:
    try:
        return ProcessMark.parse(holder).host
    except ValueError:
        return holder


def _stands(found: SharedEntry | Unreadable | None, damaged: SharedEntry | None) -> TypeGuard[SharedEntry]:
    """Return whether an entry that was read can be used, as far as is known."""
    return isinstance(found, SharedEntry) and (damaged is None or found.version != damaged.version)
