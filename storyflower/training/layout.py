"""An epoch's batches in one static shape: every batch has the same number of rows, tokens and slots.

Batches take one text from each stratum of length, so the strata bound each row. The difference to the bounds is filled
with [PAD] tokens in spare rows, which do not enter the loss: about one token in a hundred. Because the shape is static,
the step can be compiled once, and recorded as a CUDA graph.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storyflower.model.attention import Blocks
from storyflower.model.packing import PackedBatch
from storyflower.text.tokens import offsets_of
from storyflower.training.batches import LabelledTokens, stratum_bounds

ROWS_A_BLOCK = 16
"""Rows that are padded together if attention needs padding; fewer would mean more calls (docs/log.md)."""

TOKENS_AT_ONCE = 2**20
"""Tokens of the batches that are laid out together: 32 MB on the device, and four times as much for a moment."""

_TOKENS_MULTIPLE = 8  # the matrix units of GPUs and CPUs compute in tiles of at least eight


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

    @classmethod
    def of(cls, lengths: NDArray[np.int64], batch_size: int, parts: int) -> "StaticShape":
        """The shape that fits each of `parts` parts of every batch of `stratified_batches`, in any epoch.

        Args:
            lengths: (n,) tokens of each example, at least 2.
            batch_size: examples a batch.
            parts: into which each batch is split.
        """
        least, most = stratum_bounds(lengths, batch_size)
        missing = -len(most) % parts
        most = np.pad(most, (0, missing), mode="edge").reshape(-1, parts).max(axis=1)
        least = np.pad(least, (0, missing), constant_values=1).reshape(-1, parts).min(axis=1)
        longest = int(most.max())
        # Spare rows hold the missing tokens; each has at least one, and at most as many as the longest text.
        lacking = int((most - least).sum()) + _TOKENS_MULTIPLE
        spare_rows = -(-lacking // max(1, longest - 1))
        tokens = int(most.sum()) + spare_rows
        return cls(tuple(most.tolist()), spare_rows, tokens + -tokens % _TOKENS_MULTIPLE)

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
    """(rows,) int64 label ids; 0 in spare rows."""
    targets: Tensor
    """What the loss is taken against: the labels, or (rows, classes) float32 distributions; 0 in spare rows."""
    shares: Tensor
    """(rows,) float32: 1 / the examples of the whole batch, and 0 in spare rows."""


class StaticBatches:
    """One part of every batch of an epoch; `batches[i]` consists of views, so that no data is copied between steps.

    Batches are laid out and moved to the device some hundreds at a time, so that their memory does not grow with the
    corpus.
    """

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
        """Prepare the batches; none is laid out yet.

        Args:
            examples: the split.
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
        self._split, self._order, self._device, self._pad_id = examples, order, device, pad_id
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

    def _lay_out(self, first: int) -> "_LaidOut":
        """The batches from `first` on that are laid out together."""
        examples, shape, columns = self._split, self.shape, self._columns
        some = slice(first, first + self._at_once)
        mine = np.where(columns >= 0, self._order[some][:, columns], -1)
        is_text = mine >= 0
        texts = examples.tokens.take(mine[is_text])
        lengths = _row_lengths(is_text, texts.lengths, shape)
        starts = offsets_of(lengths.ravel())[:-1]

        ids = np.full(lengths.sum(), self._pad_id, np.int64)
        starts_of_texts = starts.reshape(lengths.shape)[:, : len(columns)][is_text]
        ids[np.repeat(starts_of_texts - texts.offsets[:-1], texts.lengths) + np.arange(len(texts.ids))] = texts.ids
        positions = np.arange(len(ids)) - np.repeat(starts, lengths.ravel())
        widths = np.repeat([longest for _, longest in shape.blocks], [rows for rows, _ in shape.blocks])
        first_slots = np.cumsum(widths) - widths  # of each row
        slots = np.repeat(np.tile(first_slots, len(mine)), lengths.ravel()) + positions

        def on_device(values: NDArray[Any]) -> Tensor:
            return torch.from_numpy(values.reshape(len(mine), -1)).to(self._device)

        spare = ((0, 0), (0, shape.rows - len(columns)))
        labels = targets = on_device(np.pad(np.where(is_text, examples.labels[mine], 0), spare))
        shares = is_text / np.array(self.examples[some])[:, None]
        if examples.targets is not None:
            soft = np.where(is_text[..., None], examples.targets[mine], np.float32(0))
            targets = torch.from_numpy(np.pad(soft, (*spare, (0, 0)))).to(self._device)
        return _LaidOut(
            ids=on_device(ids),
            positions=on_device(positions),
            slots=on_device(slots),
            cu_seqlens=on_device(np.pad(lengths.cumsum(axis=1), ((0, 0), (1, 0))).astype(np.int32)),
            labels=labels,
            targets=targets,
            shares=on_device(np.pad(shares, spare).astype(np.float32)),
        )


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

    def batch(self, i: int, shape: StaticShape) -> TrainingBatch:
        """The `i`-th of them."""
        packed = PackedBatch(
            input_ids=self.ids[i : i + 1],
            position_ids=self.positions[i : i + 1],
            cu_seqlens=self.cu_seqlens[i],
            slots=self.slots[i],
            blocks=shape.blocks,
        )
        return TrainingBatch(packed, self.labels[i], self.targets[i], self.shares[i])


def _row_lengths(is_text: NDArray[np.bool_], texts: NDArray[np.int64], shape: StaticShape) -> NDArray[np.int64]:
    """(batches, rows) tokens of every row: the text's, the bound if there is no text, and the rest in spare rows."""
    of_texts = np.tile(np.array(shape.bounds), (len(is_text), 1))
    of_texts[is_text] = texts
    rest = shape.tokens - of_texts.sum(axis=1, keepdims=True)
    spare = rest // shape.spare_rows + (np.arange(shape.spare_rows) < rest % shape.spare_rows)
    return np.concatenate([of_texts, spare], axis=1)
