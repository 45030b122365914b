"""XML changed in place: elements put into it as bytes, so that everything else stays letter for letter."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat

from storyflower.data.sheet_layout import end_of_tag, local_name

Edit = tuple[int, int, bytes]
"""First byte, last byte (exclusive), and the bytes that take their place."""

_COUNT = re.compile(rb'(\bcount=["\'])\d+(["\'])')


@dataclass
class Section:
    """An element that holds a list: where it lies, and how many children it has."""

    tag: str
    """With its prefix."""
    start: int
    content: int
    end: int = 0
    """The first byte of its end tag; `content` where it has none (`<fills/>`)."""
    children: int = 0

    @property
    def prefix(self) -> str:
        """Of the namespace, with its colon; empty where there is none."""
        return self.tag[: self.tag.rfind(":") + 1]

    def appended(self, xml: bytes, elements: Iterable[str]) -> list[Edit]:
        """The edits that put elements behind the children, with the attribute `count` where there is one."""
        new = list(elements)
        opening = _COUNT.sub(rb"\g<1>%d\g<2>" % (self.children + len(new)), xml[self.start : self.content])
        inside = "".join(new).encode()
        if xml[self.content - 2 : self.content] == b"/>":
            closing = f"</{self.tag}>".encode()
            return [(self.start, self.content, opening[:-2].rstrip() + b">" + inside + closing)]
        return [(self.start, self.content, opening), (self.end, self.end, inside)]


def sections(xml: bytes, names: Iterable[str]) -> dict[str, Section]:
    """The elements of these names that lie directly below the root (or are it), the first of each."""
    wanted, found, path = frozenset(names), dict[str, Section](), list[str]()
    parser = expat.ParserCreate()

    def start(tag: str, _attributes: dict[str, str]) -> None:
        if path and (parent := found.get(path[-1])) is not None and len(path) <= 2:
            parent.children += 1
        name = local_name(tag)
        if len(path) < 2 and name in wanted and name not in found:
            at = parser.CurrentByteIndex
            found[name] = Section(tag, at, end_of_tag(xml, at))
        path.append(name)

    def end(_tag: str) -> None:
        name = path.pop()
        if len(path) < 2 and name in found and not found[name].end:
            found[name].end = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(xml, True)
    return found


def spliced(xml: bytes, edits: Iterable[Edit]) -> bytes:
    """The XML with the edits made; they must not overlap. Of two at one place the one given first comes first."""
    pieces, place = [], 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [xml[place:start], new]
        place = end
    return b"".join([*pieces, xml[place:]])
