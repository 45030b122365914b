"""BERT without padding: a batch is one row of concatenated tokens, and attention keeps to each sequence.

The model class stays Transformers' own: only the attention function is replaced, through its AttentionInterface
(https://huggingface.co/docs/transformers/attention_interface). Everything else in BERT works token by token, so
the logits and gradients are those of the padded model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface, BertForSequenceClassification
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from storyflower.errors import EncoderError
from storyflower.model.devices import AMPERE
from storyflower.text.tokens import TokenSequences, offsets_of

PACKED_ATTENTION = "storyflower_packed"
"""Name under which the attention function is registered with Transformers."""


@dataclass(frozen=True, eq=False)
class PackedBatch:
    """`n` sequences of together `t` tokens, end to end in one row; all tensors lie on the model's device."""

    input_ids: Tensor
    """(1, t) int64 token ids."""
    position_ids: Tensor
    """(1, t) int64 place of each token in its sequence, from 0."""
    cu_seqlens: Tensor
    """(n + 1,) int32 first token of each sequence, then t."""
    slots: Tensor
    """(t,) int64 place of each token in a block of n rows of `longest`, row after row."""
    longest: int
    """Tokens of the longest sequence."""

    def __len__(self) -> int:
        return len(self.cu_seqlens) - 1


class PackedBatches:
    """Batches of `tokens`, each given as the indices of its examples; `batches[i]` is the i-th, packed.

    All of them are laid out and moved to the device at once, and a batch is made of views: nothing is copied, and
    nothing waits for the device, between two training steps.
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
            longest=self._longest[i],
        )


def require_fitting(model: BertForSequenceClassification, tokens: TokenSequences) -> None:
    """Check that the encoder has an embedding for every token id and every position.

    Raises:
        EncoderError: a sequence is longer than the encoder's positions, or an id lies beyond its vocabulary.
    """
    if not len(tokens):
        return
    longest, positions = int(tokens.lengths.max()), model.config.max_position_embeddings
    if longest > positions:
        raise EncoderError(
            f"the longest text has {longest} tokens, and the encoder takes {positions}",
            where="encoder",
            remedy=f"Set max_len to {positions} or less.",
        )
    highest, vocabulary = int(tokens.ids.max()), model.config.vocab_size
    if highest >= vocabulary:
        raise EncoderError(
            f"the tokenizer gives id {highest}, and the encoder knows ids below {vocabulary}",
            where="encoder",
            remedy="Use the `spiece.model` that the encoder was trained with.",
        )


def use_packed_attention(model: BertForSequenceClassification) -> None:
    """Let `model` take packed batches; padded ones go on working. Other models are left alone."""
    if model.config._attn_implementation != PACKED_ATTENTION:
        AttentionInterface.register(PACKED_ATTENTION, packed_attention)
        AttentionMaskInterface.register(PACKED_ATTENTION, _mask_of_padded_batches)
        model.set_attn_implementation(PACKED_ATTENTION)
    if model.config._attn_implementation != PACKED_ATTENTION:  # Transformers only warns when it cannot
        raise RuntimeError(f"Transformers does not let {type(model).__name__} change its attention")


def packed_logits(model: BertForSequenceClassification, batch: PackedBatch) -> Tensor:
    """Logits of every sequence of the batch, shape (n, classes), fp32."""
    use_packed_attention(model)
    hidden: Tensor = model.bert(
        input_ids=batch.input_ids,
        position_ids=batch.position_ids,
        cu_seqlens=batch.cu_seqlens,
        slots=batch.slots,
        longest=batch.longest,
    ).last_hidden_state
    # BertPooler reads the first token of each row: here the first token of each sequence is made a row of its own.
    first_tokens = hidden[0].index_select(0, batch.cu_seqlens[:-1])[:, None]
    pooler = cast(torch.nn.Module, model.bert.pooler)
    # The head is in fp32 under autocast too: it costs nothing, and bf16 would leave logits with three digits.
    with torch.autocast(hidden.device.type, enabled=False):
        logits: Tensor = model.classifier(model.dropout(pooler(first_tokens.float())))
    return logits


def runs_varlen(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether attention runs without any padding there; that kernel has no attention dropout."""
    if device.type != "cuda" or dtype not in (torch.bfloat16, torch.float16):
        return False
    return torch.cuda.get_device_capability(device) >= AMPERE


def packed_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float,
    dropout: float = 0.0,
    cu_seqlens: Tensor | None = None,
    slots: Tensor | None = None,
    longest: int = 0,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention within each sequence of a packed batch; a padded batch (no `cu_seqlens`) goes Transformers' own way.

    `query`, `key` and `value` are (1, heads, t, width); `cu_seqlens`, `slots` and `longest` are those of the
    `PackedBatch`. Returns (1, t, heads, width), and no attention weights.
    """
    if cu_seqlens is None or slots is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, dropout, scaling, **kwargs)
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    if runs_varlen(query.device, query.dtype):
        attended = cast(Tensor, varlen_attn(q, k, v, cu_seqlens, cu_seqlens, longest, longest, scale=scaling))
    else:
        attended = _attention_in_a_block(
            q, k, v, cu_seqlens=cu_seqlens, slots=slots, longest=longest, scaling=scaling, dropout=dropout
        )
    return attended[None], None


def _attention_in_a_block(
    q: Tensor, k: Tensor, v: Tensor, *, cu_seqlens: Tensor, slots: Tensor, longest: int, scaling: float, dropout: float
) -> Tensor:
    """Attention over (t, heads, width) tokens, padded for its duration to (n, heads, longest, width)."""
    shape = (len(cu_seqlens) - 1, longest)

    def to_block(flat: Tensor) -> Tensor:
        block = flat.new_zeros(shape[0] * shape[1], *flat.shape[1:]).index_copy(0, slots, flat)
        return block.view(*shape, *flat.shape[1:]).transpose(1, 2)

    is_token = torch.arange(longest, device=cu_seqlens.device) < cu_seqlens.diff()[:, None]
    block = scaled_dot_product_attention(
        to_block(q), to_block(k), to_block(v), attn_mask=is_token[:, None, None], dropout_p=dropout, scale=scaling
    )
    return block.transpose(1, 2).flatten(0, 1).index_select(0, slots)


def _mask_of_padded_batches(*args: Any, attention_mask: Tensor | None = None, **kwargs: Any) -> Tensor | None:
    """A packed batch has no mask: its attention knows the bounds of the sequences."""
    if attention_mask is None:
        return None
    return cast(Tensor | None, sdpa_mask(*args, attention_mask=attention_mask, **kwargs))
