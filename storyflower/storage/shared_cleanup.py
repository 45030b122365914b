"""Cleaning up a shared store: what no machine has written or downloaded for long.

An entry goes with its manifest first and the files of its own upload alone: others may be on their way. What is removed
while it is downloaded is built again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from storyflower.storage.objects import Listed, Objects
from storyflower.storage.shared import CHECKPOINTS, LEASES, MANIFEST, STAGES, USED, SharedEntry, SharedStages

SharedKind = Literal["shared entry", "shared draft", "shared checkpoint", "shared lease"]


@dataclass(frozen=True)
class SharedItem:
    """What may be removed as a whole."""

    kind: SharedKind
    name: str
    last_used: float
    """Seconds since 1970: when it was last written or downloaded."""
    objects: tuple[Listed, ...]
    """In the order in which they are removed."""
    manifest: Mapping[str, Any] | None = None
    """Of an entry: what its manifest in the local store contains."""

    @property
    def bytes(self) -> int:
        """Size in all."""
        return sum(found.size for found in self.objects)


class SharedCleanup:
    """Finds and removes what is old. Its methods raise SharedStoreError as those of `Objects` do."""

    def __init__(self, address: str) -> None:
        self._objects, self._stages = Objects(address), SharedStages(address)

    def unused_since(self, moment: float) -> list[SharedItem]:
        """Return what was neither written nor downloaded since `moment` (seconds since 1970).

        Entries whose manifest cannot be read stay: they are replaced when they are next used.
        """
        found = [*self._entries(), *self._checkpoints(), *self._leases()]
        return sorted((item for item in found if item.last_used < moment), key=lambda item: (item.kind, item.name))

    def drop(self, item: SharedItem) -> None:
        """Remove an item."""
        self._objects.delete(found.name for found in item.objects)

    def _entries(self) -> Iterator[SharedItem]:
        for (stage, key), listed in self._grouped(STAGES, 3).items():
            entry = self._stages.read(stage, key) if any(_last(found) == MANIFEST for found in listed) else None
            upload = entry.upload if isinstance(entry, SharedEntry) else None
            parts: dict[str, list[Listed]] = defaultdict(list)
            for found in listed:
                parts[found.name.split("/")[3]].append(found)
            head = [*parts.pop(MANIFEST, []), *parts.pop(USED, [])]
            if isinstance(entry, SharedEntry) and upload is not None:
                own = [*head, *parts.pop(upload, [])]
                yield _item("shared entry", f"{stage}/{key}", head, own, entry.manifest)
            for name, files in parts.items():
                if entry is None or upload is not None:
                    yield _item("shared draft", f"{stage}/{key}/{name}", files, files)

    def _checkpoints(self) -> Iterator[SharedItem]:
        for (key,), listed in self._grouped(CHECKPOINTS, 2).items():
            first = sorted(listed, key=lambda found: _last(found) != MANIFEST)
            yield _item("shared checkpoint", key, listed, first)

    def _leases(self) -> Iterator[SharedItem]:
        for (stage, key), listed in self._grouped(LEASES, 3).items():
            yield _item("shared lease", f"{stage}/{key}", listed, listed)

    def _grouped(self, kind: str, depth: int) -> dict[tuple[str, ...], list[Listed]]:
        """Return the objects of a kind by the parts of their names between the kind and `depth`."""
        groups: dict[tuple[str, ...], list[Listed]] = defaultdict(list)
        for found in self._objects.listed(kind):
            groups[tuple(found.name.split("/")[1:depth])].append(found)
        return groups


def _item(
    kind: SharedKind,
    name: str,
    dated: Iterable[Listed],
    objects: Iterable[Listed],
    manifest: Mapping[str, Any] | None = None,
) -> SharedItem:
    """Return an item that was last used when the newest of `dated` was written."""
    return SharedItem(kind, name, max(found.modified for found in dated), tuple(objects), manifest)


def _last(found: Listed) -> str:
    return found.name.rpartition("/")[2]
