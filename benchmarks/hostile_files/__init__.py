"""Files that harm a reader of workbooks: each is a small file with one thing wrong, drawn from a seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random

from benchmarks.hostile_files import archives, cells, markup, texts, values

KINDS: dict[str, Callable[[Random], bytes]] = {
    made.__name__.removeprefix("_"): made
    for module in (cells, values, markup, archives, texts)
    for made in module.KINDS
}
"""The kinds of harm by name, and the function that returns the content of a file of that kind."""


@dataclass(frozen=True)
class HostileFile:
    """A file, the kind of harm it does, and its number among the files of its kind."""

    kind: str
    number: int
    name: str
    content: bytes = field(repr=False)


def hostile_files(count: int, seed: int) -> Iterator[HostileFile]:
    """Yield `count` files of all kinds in turn; the same seed gives the same files."""
    numbers = dict.fromkeys(KINDS, 0)
    for kind in islice(cycle(KINDS), count):
        number = numbers[kind]
        numbers[kind] += 1
        suffix = next((end for end in ("csv", "json") if kind.startswith(end)), "xlsx")
        content = KINDS[kind](Random(f"{seed}/{kind}/{number}"))
        yield HostileFile(kind, number, f"{kind}-{number}.{suffix}", content)
