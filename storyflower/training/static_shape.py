"""The one shape that all batches of an epoch have: rows, tokens and slots.

Batches take one text from each stratum of length, so the strata bound each row. The difference to the bounds is filled
with [PAD] tokens in spare rows, which do not enter the loss: about one token in a hundred.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storyflower.model.attention import Blocks
from storyflower.training.batches import stratum_bounds

ROWS_A_BLOCK = 16
"""Rows that are padded together if attention needs padding; fewer would mean more calls (docs/log.md)."""

_TOKENS_MULTIPLE = 8  # the matrix units of GPUs and CPUs compute in tiles of at least eight
_MORE_A_ROW, _MORE_A_BATCH = 8, 100
"""Divisors: the parts by which rows and batches of texts that are segmented anew may grow. Longer rows cost next to
nothing, more tokens cost their share of the step."""


@dataclass(frozen=True)
class Part:
    """One of several equal parts of every batch, for ranks or for micro-batches."""

    index: int = 0
    count: int = 1

    def columns(self, rows: int) -> NDArray[np.int64]:
        """(ceil(rows / count),) the rows of a whole batch that belong to this part; -1 if it has one less."""
        mine = np.arange(self.index, rows, self.count)
        return np.pad(mine, (0, -(-rows // self.count) - len(mine)), constant_values=-1)


@dataclass(frozen=True)
class StaticShape:
    """The shape that all batches of an epoch have."""

    bounds: tuple[int, ...]
    """Maximum tokens of each row, in ascending order."""
    spare_rows: int
    """Further rows, of [PAD] tokens alone."""
    tokens: int
    """Of the whole batch."""
    fill: tuple[int, ...]
    """[PAD] tokens in place of each row's text where a batch has one less."""

    @classmethod
    def of(
        cls, lengths: NDArray[np.int64], batch_size: int, parts: int, *, changing_up_to: int | None = None
    ) -> "StaticShape":
        """The shape that fits each of `parts` parts of every batch of `stratified_batches`, in any epoch.

        Args:
            lengths: (n,) tokens of each example, at least 2.
            batch_size: examples a batch.
            parts: into which each batch is split.
            changing_up_to: for texts that are segmented anew in each epoch, the most tokens of any. The shape then
                mostly fits the lengths of the other epochs too (`holds`): rows may be an eighth longer, and all
                together have a hundredth more tokens or fewer.
        """
        least, most = _row_bounds(lengths, batch_size, parts)
        bounds, room = most, 0
        if changing_up_to is not None:
            bounds = np.minimum(most + -(-most // _MORE_A_ROW), max(changing_up_to, int(most.max())))
            room = -(-int(most.sum()) // _MORE_A_BATCH)
        longest = int(bounds.max())
        # Spare rows hold the missing tokens; each has at least one, and at most as many as the longest text.
        lacking = int((most - least).sum()) + 2 * room + _TOKENS_MULTIPLE
        spare_rows = -(-lacking // max(1, longest - 1))
        tokens = int(most.sum()) + room + spare_rows
        tokens += -tokens % _TOKENS_MULTIPLE
        return cls(tuple(bounds.tolist()), spare_rows, tokens, tuple(most.tolist()))

    def holds(self, lengths: NDArray[np.int64], batch_size: int, parts: int) -> bool:
        """Whether every batch of texts with these lengths has this shape; the arguments are those of `of`."""
        least, most = _row_bounds(lengths, batch_size, parts)
        if len(most) != len(self.bounds) or (most > np.array(self.bounds)).any():
            return False
        fill = np.array(self.fill)
        fewest_spare = self.tokens - int(np.maximum(most, fill).sum())
        most_spare = self.tokens - int(np.minimum(least, fill).sum())
        return self.spare_rows <= fewest_spare and most_spare <= self.spare_rows * self.bounds[-1]

    @property
    def rows(self) -> int:
        """All rows, spare ones included."""
        return len(self.bounds) + self.spare_rows

    @property
    def blocks(self) -> Blocks:
        """The padded blocks: rows of similar length together, the spare rows with the longest ones."""
        starts = range(0, len(self.bounds), ROWS_A_BLOCK)
        cuts = [self.bounds[start : start + ROWS_A_BLOCK] for start in starts]
        blocks = [(len(cut), cut[-1]) for cut in cuts]
        rows, longest = blocks[-1]
        return (*blocks[:-1], (rows + self.spare_rows, longest))

    def row_lengths(self, is_text: NDArray[np.bool_], texts: NDArray[np.int64]) -> NDArray[np.int64]:
        """(batches, rows) tokens of every row: the text's, [PAD] tokens if there is none, and the rest in spare rows.

        Args:
            is_text: (batches, rows without the spare ones) where a row holds a text.
            texts: tokens of the texts, batch by batch.
        """
        of_texts = np.tile(np.array(self.fill), (len(is_text), 1))
        of_texts[is_text] = texts
        rest = self.tokens - of_texts.sum(axis=1, keepdims=True)
        spare = rest // self.spare_rows + (np.arange(self.spare_rows) < rest % self.spare_rows)
        return np.concatenate([of_texts, spare], axis=1)


def _row_bounds(lengths: NDArray[np.int64], batch_size: int, parts: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The shortest and the longest text of each row of a part; 1 as the shortest where a part may have one row less."""
    least, most = stratum_bounds(lengths, batch_size)
    missing = -len(most) % parts
    most = np.pad(most, (0, missing), mode="edge").reshape(-1, parts).max(axis=1)
    least = np.pad(least, (0, missing), constant_values=1).reshape(-1, parts).min(axis=1)
    return least, most
