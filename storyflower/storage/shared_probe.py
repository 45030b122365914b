"""Whether a shared store honours the conditions on which its use relies."""

from uuid import uuid4

from storyflower.errors import SharedStoreError
from storyflower.messages import problem
from storyflower.storage.objects import Objects, Version


def require_conditional_writes(address: str) -> None:
    """Write, read and remove an object of a name that is used once.

    Raises:
        SharedStoreError: the store cannot be used, or ignores If-None-Match or, unless it is a folder, If-Match.
    """
    objects, name = Objects(address), f"probes/{uuid4().hex}"
    first = objects.create(name, b"first")
    try:
        if objects.create(name, b"second") is not None:
            raise problem(SharedStoreError, "shared_ignores_create", objects.place)
        if objects.compares and first is not None and not _compares(objects, name, first):
            raise problem(SharedStoreError, "shared_ignores_match", objects.place)
    finally:
        objects.delete([name])


def _compares(objects: Objects, name: str, first: Version) -> bool:
    """Return whether an object is replaced in the state that is expected, and in no other."""
    second = objects.replace(name, b"second", first)
    return second is not None and objects.replace(name, b"third", first) is None
