"""Samples segmentations with a BPE model: merges are left out at random.

Provilkov et al. 2020, https://arxiv.org/abs/1910.13267, in the form that SentencePiece gives it: each merge is skipped
with a probability when its turn comes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from storyflower.text.pieces import Pieces


@dataclass(slots=True)
class _Symbol:
    """A part of the text that is not divided any more; the neighbours' places are -1 at the ends of the text."""

    text: str
    """Empty once it has been merged into the one before."""
    before: int
    after: int
    is_whole: bool
    """Whether it is a user-defined piece, which is not merged."""


class MergeSampler:
    """Draws a segmentation by merges with dropout."""

    numbers_a_character = 3
    """Each merge adds up to two possible ones to those between neighbouring characters."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        longest_first = sorted(pieces.user_defined, key=len, reverse=True)
        whole = "|".join(map(re.escape, longest_first)) or "(?!)"
        self._symbols = re.compile(f"({whole})|.", re.DOTALL)

    def draw(self, text: str, alpha: float, numbers: Sequence[float]) -> list[int]:
        """The ids of a segmentation.

        Args:
            text: as `normalize` of SentencePiece gives it.
            alpha: the probability with which a merge is skipped, above 0; from 1 on nothing is merged.
            numbers: `numbers_a_character` for each character of the text, uniform in [0, 1).
        """
        symbols, parts = self._merged(text, alpha, iter(numbers))
        found = (piece for symbol in symbols if symbol.text for piece in self._used(symbol.text, parts))
        return self._pieces.joined(map(self._ids, found))

    def _merged(
        self, text: str, alpha: float, numbers: Iterator[float]
    ) -> tuple[list[_Symbol], dict[str, tuple[str, str]]]:
        """The symbols after all merges, and of which two parts each unused piece was put together."""
        split = list(self._symbols.finditer(text))
        symbols = [_Symbol(match[0], i - 1, i + 1, match[1] is not None) for i, match in enumerate(split)]
        if symbols:
            symbols[-1].after = -1
        parts: dict[str, tuple[str, str]] = {}
        agenda: list[tuple[float, int, int, int]] = []  # the score, negated; left and right symbol; characters

        def pair(left: int, right: int) -> tuple[float, int, int, int] | None:
            if min(left, right) < 0 or symbols[left].is_whole or symbols[right].is_whole:
                return None
            merged = symbols[left].text + symbols[right].text
            if (score := self._pieces.scores.get(merged)) is None:
                return None
            if merged in self._pieces.unused:
                parts[merged] = symbols[left].text, symbols[right].text
            return -score, left, right, len(merged)

        agenda += filter(None, (pair(i - 1, i) for i in range(1, len(symbols))))
        heapify(agenda)
        while agenda:
            _, left, right, size = heappop(agenda)
            one, other = symbols[left], symbols[right]
            if not one.text or not other.text or len(one.text) + len(other.text) != size:
                continue  # one of them has been merged with another symbol
            if alpha >= 1 or next(numbers) < alpha:
                continue
            one.text, other.text, one.after = one.text + other.text, "", other.after
            if one.after >= 0:
                symbols[one.after].before = left
            for found in filter(None, (pair(one.before, left), pair(left, one.after))):
                heappush(agenda, found)
        return symbols, parts

    def _used(self, piece: str, parts: dict[str, tuple[str, str]]) -> Iterator[str]:
        """The pieces that stand for one: itself, or if it is unused the parts that it was put together of."""
        if piece not in self._pieces.unused or piece not in parts:
            yield piece
            return
        for part in parts[piece]:
            yield from self._used(part, parts)

    def _ids(self, piece: str) -> tuple[int, ...]:
        found = self._pieces.ids.get(piece)
        return self._pieces.unknown(piece) if found is None else (found,)
