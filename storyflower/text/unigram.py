"""Samples segmentations with a unigram model: p(segmentation) ∝ exp(alpha · the sum of its pieces' scores).

Kudo 2018, https://arxiv.org/abs/1804.10959: forward filtering over the lattice of pieces, and backward sampling.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from storyflower.text.pieces import Pieces
from storyflower.text.sentencepiece import WORD_MARK

_UNKNOWN_PENALTY = 10.0
"""By which an unknown character scores less than any piece, as in SentencePiece."""
_USER_DEFINED_PENALTY = 0.1
"""By which a user-defined piece scores less than the best pieces of one character would, as in SentencePiece."""
_WORDS_KEPT, _LONGEST_KEPT = 2**15, 16
"""Words whose lattices are kept, since most words of a text occur in others too; in memory up to 4 KB each."""


class _Step(NamedTuple):
    """The pieces with which a segmentation of the beginning of a word can end."""

    sums: tuple[float, ...]
    """Running sums of their probabilities, up to a factor."""
    starts: tuple[int, ...]
    """The character with which each begins."""
    ids: tuple[tuple[int, ...], ...]
    """The ids of each: more than one if an unknown character is spelled in bytes."""


_Lattice = tuple[_Step, ...]
"""One step for each character of a word: of the segmentations up to and including it."""


class UnigramSampler:
    """Draws one of all segmentations of a text."""

    numbers_a_character = 1

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._scored = {
            piece: (pieces.ids[piece], score) for piece, score in pieces.scores.items() if piece not in pieces.unused
        }
        for piece in pieces.user_defined:
            self._scored[piece] = pieces.ids[piece], len(piece) * pieces.most_score - _USER_DEFINED_PENALTY
        self._unknown_score = pieces.least_score - _UNKNOWN_PENALTY
        self._longest: dict[str, int] = {}
        for piece in self._scored:
            self._longest[piece[0]] = max(self._longest.get(piece[0], 0), len(piece))
        # If no piece reaches from one word into the next, a text's segmentations are those of its words, in any choice.
        by_words = not any(WORD_MARK in piece[1:] for piece in self._scored)
        self._parts = re.compile(f"{WORD_MARK}[^{WORD_MARK}]*|[^{WORD_MARK}]+" if by_words else "(?s:.+)")
        self._kept = lru_cache(_WORDS_KEPT)(self._lattice)

    def draw(self, text: str, alpha: float, numbers: Sequence[float]) -> list[int]:
        """The ids of a segmentation.

        Args:
            text: as `normalize` of SentencePiece gives it.
            alpha: above 0; the larger, the likelier is the best segmentation.
            numbers: for each character of the text, uniform in [0, 1).
        """
        found: list[tuple[int, ...]] = []
        offset = 0
        for word in self._parts.findall(text):
            lattice = (self._kept if len(word) <= _LONGEST_KEPT else self._lattice)(word, alpha)
            found += _drawn(lattice, numbers[offset : offset + len(word)])
            offset += len(word)
        return self._pieces.joined(found)

    def _lattice(self, word: str, alpha: float) -> _Lattice:
        """Forward filtering: the sums over all segmentations up to each character."""
        ends: list[list[tuple[int, tuple[int, ...], float]]] = [[] for _ in word]
        for start, character in enumerate(word):
            is_known = False
            for end in range(start, min(start + self._longest.get(character, 0), len(word))):
                if found := self._scored.get(word[start : end + 1]):
                    ends[end].append((start, (found[0],), alpha * found[1]))
                    is_known |= end == start
            if not is_known:
                ends[start].append((start, self._pieces.unknown(character), alpha * self._unknown_score))
        totals = [0.0]  # logarithms: the sums themselves are too small for floats in long words
        steps = []
        for pieces in ends:
            starts, ids, logs = zip(*pieces, strict=True)
            weights = [totals[start] + log for start, log in zip(starts, logs, strict=True)]
            most = max(weights)
            sums = tuple(accumulate(math.exp(weight - most) for weight in weights))
            totals.append(most + math.log(sums[-1]))
            steps.append(_Step(sums, starts, ids))
        return tuple(steps)


def _drawn(lattice: _Lattice, numbers: Sequence[float]) -> list[tuple[int, ...]]:
    """Backward sampling: the last piece, the last one before it, and so on."""
    pieces = []
    end = len(lattice)
    while end:
        step = lattice[end - 1]
        last = len(step.sums) - 1
        chosen = bisect_right(step.sums, numbers[end - 1] * step.sums[-1], hi=last) if last else 0
        pieces.append(step.ids[chosen])
        end = step.starts[chosen]
    pieces.reverse()
    return pieces
