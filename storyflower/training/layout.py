"""An epoch's batches in one static shape: every batch has the same number of rows, tokens and slots.

Batches take one text from each stratum of length, so the strata bound each row. The difference to the bounds is filled
with [PAD] tokens in spare rows, which do not enter the loss: about one token in a hundred. Because the shape is static,
the step can be compiled once, and recorded as a CUDA graph.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storyflower.model.attention import Blocks
from storyflower.model.masked_language import MaskedBatch
from storyflower.model.packing import PackedBatch
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.training.batches import LabelledTokens, stratum_bounds

ROWS_A_BLOCK = 16
"""Rows that are padded together if attention needs padding; fewer would mean more calls (docs/log.md)."""

TOKENS_AT_ONCE = 2**20
"""Tokens of the batches that are laid out together: 32 MB on the device, and four times as much for a moment."""

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


@dataclass(frozen=True, eq=False)
class TrainingBatch:
    """The input of one step; all tensors on the model's device."""

    packed: PackedBatch
    labels: Tensor
    """(m,) int64 true ids of what is predicted: the label of each row, or the hidden tokens; 0 in spare places."""
    targets: Tensor
    """What the loss is taken against: `labels`, or (m, classes) float32 distributions; 0 in spare places."""
    shares: Tensor
    """(m,) float32: 1 / the predictions of the whole batch, and 0 in spare places."""


@dataclass(frozen=True, eq=False)
class PlacedTexts:
    """The texts of some batches, `b` of them, with the places of their tokens."""

    chosen: NDArray[np.int64]
    """(b, rows) example indices; -1 where a row holds no text."""
    whole: slice
    """Of these batches among all of the epoch."""
    texts: TokenSequences
    """Of the rows with a text, batch by batch."""
    places: NDArray[np.int64]
    """Of each of their tokens among the tokens of all `b` batches, ascending."""


@dataclass(frozen=True, eq=False)
class Contents:
    """What the model reads and learns in some batches, `b` of them."""

    ids: NDArray[np.integer[Any]]
    """Of each token of `PlacedTexts.texts`, as the model reads it."""
    labels: NDArray[np.int64]
    """(b, predictions) true ids; 0 where nothing is predicted."""
    targets: NDArray[Any]
    """As `TrainingBatch.targets`, of each batch."""
    shares: NDArray[np.float32]
    """As `TrainingBatch.shares`, of each batch."""
    hidden: NDArray[np.int64] | None = None
    """(b, predictions) places of the tokens that are predicted, in their batch; None where texts are."""


class EpochBatches(ABC):
    """One part of every batch of an epoch; `batches[i]` consists of views, so that no data is copied between steps.

    Batches are laid out and moved to the device some hundreds at a time, so that their memory does not grow with the
    corpus.
    """

    predictions: list[int]
    """Made for each whole batch, all parts together."""

    def __init__(
        self,
        tokens: TokenSequences,
        order: NDArray[np.int64],
        shape: StaticShape,
        part: Part,
        device: str,
        *,
        pad_id: int,
        tokens_at_once: int = TOKENS_AT_ONCE,
    ) -> None:
        """Prepare the batches; none is laid out yet.

        Args:
            tokens: of the examples.
            order: (batches, rows) as `stratified_batches` gives it.
            shape: as `StaticShape.of` gives it, for `part.count` parts.
            part: which rows of each batch are laid out.
            device: of the tensors.
            pad_id: the id of the tokens in spare rows.
            tokens_at_once: of the batches that are laid out together, which are at least one.
        """
        self.shape = shape
        self.examples: list[int] = (order >= 0).sum(axis=1).tolist()
        """Of each whole batch, all parts together."""
        self._tokens, self._order, self._device, self._pad_id = tokens, order, device, pad_id
        self._columns = part.columns(order.shape[1])
        self._at_once = max(1, tokens_at_once // shape.tokens)
        self._laid_out: tuple[int, _LaidOut] | None = None

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, i: int) -> TrainingBatch:
        first = i - i % self._at_once
        if self._laid_out is None or self._laid_out[0] != first:
            self._laid_out = None  # its memory is free for the next ones
            self._laid_out = first, self._lay_out(first)
        return self._laid_out[1].batch(i - first, self.shape)

    @abstractmethod
    def _contents(self, placed: PlacedTexts) -> Contents:
        """What the model reads and learns in some batches."""

    def _lay_out(self, first: int) -> "_LaidOut":
        """The batches from `first` on that are laid out together."""
        shape, columns = self.shape, self._columns
        some = slice(first, first + self._at_once)
        mine = np.where(columns >= 0, self._order[some][:, columns], -1)
        is_text = mine >= 0
        texts = self._tokens.take(mine[is_text])
        lengths = _row_lengths(is_text, texts.lengths, shape)
        starts = offsets_of(lengths.ravel())[:-1]

        starts_of_texts = starts.reshape(lengths.shape)[:, : len(columns)][is_text]
        places = np.repeat(starts_of_texts - texts.offsets[:-1], texts.lengths) + np.arange(len(texts.ids))
        contents = self._contents(PlacedTexts(mine, some, texts, places))
        ids = np.full(lengths.sum(), self._pad_id, np.int64)
        ids[places] = contents.ids
        positions = np.arange(len(ids)) - np.repeat(starts, lengths.ravel())
        widths = np.repeat([longest for _, longest in shape.blocks], [rows for rows, _ in shape.blocks])
        first_slots = np.cumsum(widths) - widths  # of each row
        slots = np.repeat(np.tile(first_slots, len(mine)), lengths.ravel()) + positions

        def on_device(values: NDArray[Any]) -> Tensor:
            return torch.from_numpy(values.reshape(len(mine), -1)).to(self._device)

        labels = targets = on_device(contents.labels)
        if contents.targets is not contents.labels:
            targets = torch.from_numpy(contents.targets).to(self._device)
        return _LaidOut(
            ids=on_device(ids),
            positions=on_device(positions),
            slots=on_device(slots),
            cu_seqlens=on_device(np.pad(lengths.cumsum(axis=1), ((0, 0), (1, 0))).astype(np.int32)),
            labels=labels,
            targets=targets,
            shares=on_device(contents.shares),
            hidden=None if contents.hidden is None else on_device(contents.hidden),
        )


class StaticBatches(EpochBatches):
    """The batches of labelled texts, for each of which its label is predicted."""

    def __init__(
        self,
        examples: LabelledTokens,
        order: NDArray[np.int64],
        shape: StaticShape,
        part: Part,
        device: str,
        *,
        pad_id: int,
        tokens_at_once: int = TOKENS_AT_ONCE,
    ) -> None:
        """Prepare the batches of a split; the other arguments are those of `EpochBatches`."""
        super().__init__(examples.tokens, order, shape, part, device, pad_id=pad_id, tokens_at_once=tokens_at_once)
        self._split = examples
        self.predictions = self.examples

    def _contents(self, placed: PlacedTexts) -> Contents:
        examples, chosen, is_text = self._split, placed.chosen, placed.chosen >= 0
        spare = ((0, 0), (0, self.shape.rows - len(self._columns)))
        labels = targets = np.pad(np.where(is_text, examples.labels[chosen], 0), spare)
        shares = is_text / np.array(self.examples[placed.whole])[:, None]
        if examples.targets is not None:
            soft = np.where(is_text[..., None], examples.targets[chosen], np.float32(0))
            targets = np.pad(soft, (*spare, (0, 0)))
        return Contents(placed.texts.ids, labels, targets, np.pad(shares, spare).astype(np.float32))


@dataclass(frozen=True, eq=False)
class _LaidOut:
    """Some batches on the device, a row each."""

    ids: Tensor
    positions: Tensor
    slots: Tensor
    cu_seqlens: Tensor
    labels: Tensor
    targets: Tensor
    shares: Tensor
    hidden: Tensor | None

    def batch(self, i: int, shape: StaticShape) -> TrainingBatch:
        """The `i`-th of them."""
        packed = PackedBatch(
            input_ids=self.ids[i : i + 1],
            position_ids=self.positions[i : i + 1],
            cu_seqlens=self.cu_seqlens[i],
            slots=self.slots[i],
            blocks=shape.blocks,
        )
        if self.hidden is not None:
            packed = MaskedBatch(**vars(packed), hidden=self.hidden[i])
        return TrainingBatch(packed, self.labels[i], self.targets[i], self.shares[i])


def _row_bounds(lengths: NDArray[np.int64], batch_size: int, parts: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The shortest and the longest text of each row of a part; 1 as the shortest where a part may have one row less."""
    least, most = stratum_bounds(lengths, batch_size)
    missing = -len(most) % parts
    most = np.pad(most, (0, missing), mode="edge").reshape(-1, parts).max(axis=1)
    least = np.pad(least, (0, missing), constant_values=1).reshape(-1, parts).min(axis=1)
    return least, most


def _row_lengths(is_text: NDArray[np.bool_], texts: NDArray[np.int64], shape: StaticShape) -> NDArray[np.int64]:
    """(batches, rows) tokens of every row: the text's, [PAD] tokens if there is none, and the rest in spare rows."""
    of_texts = np.tile(np.array(shape.fill), (len(is_text), 1))
    of_texts[is_text] = texts
    rest = shape.tokens - of_texts.sum(axis=1, keepdims=True)
    spare = rest // shape.spare_rows + (np.arange(shape.spare_rows) < rest % shape.spare_rows)
    return np.concatenate([of_texts, spare], axis=1)
