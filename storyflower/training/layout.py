"""An epoch's batches in one static shape (`static_shape`), laid out as the tensors of a step.

Because the shape is static, the step can be compiled once, and recorded as a CUDA graph.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storyflower.model.masked_language import MaskedBatch
from storyflower.model.packing import PackedBatch
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.training.static_shape import Part, StaticShape

TOKENS_AT_ONCE = 2**20
"""Tokens of the batches that are laid out together: 32 MB on the device, and four times as much for a moment."""


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
        lengths = shape.row_lengths(is_text, texts.lengths)
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
