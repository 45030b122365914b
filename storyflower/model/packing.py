"""Encoders without padding: a batch is one row of concatenated tokens.

Attention is restricted to each sequence, and all other operations of an encoder work on single tokens, so logits and
gradients equal those of the padded model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storyflower.model.attention import Blocks, head_width, padding_of, runs_varlen, use_packed_attention
from storyflower.model.families import Classifier, Network, encoder_of, family_of, head_logits
from storyflower.model.session import require_within
from storyflower.text.tokens import TokenSequences, offsets_of


@dataclass(frozen=True, eq=False)
class PackedBatch:
    """`n` sequences with `t` tokens in all, concatenated in one row; all tensors are on the model's device."""

    input_ids: Tensor
    """(1, t) int64 token ids."""
    position_ids: Tensor
    """(1, t) int64 position of each token in its sequence, from 0."""
    cu_seqlens: Tensor
    """(n + 1,) int32 first token of each sequence, then t."""
    slots: Tensor
    """(t,) int64 position of each token in the padded blocks, in the order of blocks and rows."""
    blocks: Blocks
    """(rows, longest) of the blocks of sequences, in order, if attention has to pad them."""

    def __len__(self) -> int:
        return len(self.cu_seqlens) - 1


class PackedBatches:
    """Packed batches of `tokens`, each given as the indices of its examples; `batches[i]` is the i-th.

    All batches are laid out and moved to the device at once, and a batch consists of views: nothing is copied, and
    the host does not wait for the device, between two steps.
    """

    def __init__(
        self, tokens: TokenSequences, batches: Sequence[NDArray[np.int64]], device: str | torch.device
    ) -> None:
        ordered = tokens.take(np.concatenate(batches))
        lengths, offsets = ordered.lengths, ordered.offsets
        sizes = np.array([len(batch) for batch in batches], np.int64)
        examples = offsets_of(sizes)
        longest = np.maximum.reduceat(lengths, examples[:-1])

        positions = np.arange(len(ordered.ids)) - np.repeat(offsets[:-1], lengths)
        rows = np.arange(len(ordered)) - np.repeat(examples[:-1], sizes)
        slots = np.repeat(rows * np.repeat(longest, sizes), lengths) + positions
        spans = list(pairwise(examples.tolist()))
        cu_seqlens = np.concatenate([offsets[a : b + 1] - offsets[a] for a, b in spans])

        self._spans = spans
        self._first_token = offsets[examples].tolist()
        self._longest = longest.tolist()
        self._ids = torch.from_numpy(ordered.ids.astype(np.int64)).to(device)[None]
        self._positions = torch.from_numpy(positions).to(device)[None]
        self._slots = torch.from_numpy(slots).to(device)
        self._cu_seqlens = torch.from_numpy(cu_seqlens.astype(np.int32)).to(device)

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[PackedBatch]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, i: int) -> PackedBatch:
        first_example, end_example = self._spans[i]
        first, end = self._first_token[i], self._first_token[i + 1]
        return PackedBatch(
            input_ids=self._ids[:, first:end],
            position_ids=self._positions[:, first:end],
            cu_seqlens=self._cu_seqlens[first_example + i : end_example + i + 1],
            slots=self._slots[first:end],
            blocks=((end_example - first_example, self._longest[i]),),
        )


def require_fitting(model: Network, tokens: TokenSequences) -> None:
    """Check that the encoder has an embedding for every token id and every position.

    Raises:
        EncoderError: a sequence is longer than the encoder's positions, or an id exceeds its vocabulary.
    """
    positions = family_of(model.config).positions(model.config)
    require_within(tokens, positions=positions, vocab_size=model.config.vocab_size)


def packed_logits(model: Classifier, batch: PackedBatch) -> Tensor:
    """Logits of every sequence of the batch, shape (n, classes), fp32."""
    hidden = packed_hidden(model, batch)
    # Poolers and heads read the first token of each row, so the first token of each sequence becomes a row.
    first_tokens = hidden.index_select(0, batch.cu_seqlens[:-1])[:, None]
    # The head stays in fp32 under autocast: bf16 logits would have three digits, and the head costs no time.
    with torch.autocast(hidden.device.type, enabled=False):
        return head_logits(model, first_tokens.float())


def packed_hidden(model: Network, batch: PackedBatch) -> Tensor:
    """The encoder's last hidden state of every token of the batch, shape (t, width)."""
    use_packed_attention(model)
    device = batch.input_ids.device
    autocast = torch.is_autocast_enabled(device.type)
    dtype = torch.get_autocast_dtype(device.type) if autocast else model.dtype
    varlen = runs_varlen(device, dtype, head_width(model.config))
    first = family_of(model.config).first_position(model.config)
    hidden: Tensor = encoder_of(model)(
        input_ids=batch.input_ids,
        position_ids=batch.position_ids + first if first else batch.position_ids,
        cu_seqlens=batch.cu_seqlens,
        slots=batch.slots,
        blocks=batch.blocks,
        padding=() if varlen else padding_of(batch.cu_seqlens, batch.blocks),
        varlen=varlen,
    ).last_hidden_state
    return hidden[0]
