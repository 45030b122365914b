"""A file brought to this machine, not yet parsed."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class FetchedFile:
    """The bytes of a file, and the name by which messages call it."""

    name: str
    content: bytes = field(repr=False)
    sha256: str
