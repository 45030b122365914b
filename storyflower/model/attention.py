"""Attention without padding, instead of Transformers' own: tokens attend to their own sequence of a packed batch.

The model class stays Transformers' own: only the attention function is replaced, through its AttentionInterface
(https://huggingface.co/docs/transformers/attention_interface). Transformers and PyTorch's compiler are imported with
the first network, here and in the modules that build networks: a flow whose stages are all cached builds none.
"""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn.functional import dropout as random_dropout
from torch.nn.functional import scaled_dot_product_attention

from storyflower.model.devices import AMPERE
from storyflower.model.dropout import KEPT_IN_ATTENTION, drop
from storyflower.model.families import Config, Network

PACKED_ATTENTION = "storyflower_packed"
"""Name under which the attention function is registered with Transformers."""

WIDEST_HEAD = 256
"""Of the kernel that attends without padding."""

Blocks = tuple[tuple[int, int], ...]
"""The padding of sequences, if attention needs it: (rows, longest) of each block, in their order."""


def use_packed_attention(model: Network) -> None:
    """Let `model` accept packed batches besides padded ones; other models are not affected."""
    import torch.nn.attention.varlen  # noqa: F401 - now, because compiled code cannot import it
    from transformers import AttentionInterface, AttentionMaskInterface

    if model.config._attn_implementation != PACKED_ATTENTION:
        AttentionInterface.register(PACKED_ATTENTION, packed_attention)
        AttentionMaskInterface.register(PACKED_ATTENTION, _mask_of_padded_batches)
        model.set_attn_implementation(PACKED_ATTENTION)
    if model.config._attn_implementation != PACKED_ATTENTION:  # Transformers only warns when it cannot
        raise RuntimeError(f"Transformers does not let {type(model).__name__} change its attention")


def runs_varlen(device: torch.device, dtype: torch.dtype, width: int) -> bool:
    """Whether attention runs without any padding on the device; that kernel has no attention dropout.

    Args:
        device: of the computation.
        dtype: of queries, keys and values.
        width: of a head.
    """
    if device.type != "cuda" or dtype not in (torch.bfloat16, torch.float16):
        return False
    if width % 8 or width > WIDEST_HEAD or not torch.backends.cuda.is_flash_attention_available():
        return False
    return torch.cuda.get_device_capability(device) >= AMPERE


def head_width(config: Config) -> int:
    """The width of an attention head."""
    return int(config.hidden_size // config.num_attention_heads)


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
    blocks: Blocks = (),
    padding: Sequence[Tensor] = (),
    varlen: bool = False,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention within each sequence of a packed batch; Transformers' own for a padded batch (no `cu_seqlens`).

    `query`, `key` and `value` are (1, heads, t, width); `cu_seqlens`, `slots` and `blocks` are those of the
    `PackedBatch`, `padding` is the result of `padding_of`, and `varlen` that of `runs_varlen`. Returns
    (1, t, heads, width), and no attention weights.
    """
    if cu_seqlens is None or slots is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        return sdpa_attention_forward(module, query, key, value, attention_mask, dropout, scaling, **kwargs)
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    if varlen:
        longest = max(width for _, width in blocks)
        kernel = torch.nn.attention.varlen.varlen_attn
        attended = cast(Tensor, kernel(q, k, v, cu_seqlens, cu_seqlens, longest, longest, scale=scaling))
    else:
        by_hand = q.device.type == "cpu" and module.training
        drawn: Sequence[Tensor | None] = getattr(module, KEPT_IN_ATTENTION, None) or [None] * len(blocks)
        parts = []
        for i, (a, b, c) in enumerate(zip(*(_in_blocks(flat, slots, blocks) for flat in (q, k, v)), strict=True)):
            if by_hand:
                out = _attention_by_hand(a, b, c, padding[i], scaling=scaling, dropout=dropout, kept=drawn[i])
            else:
                mask = padding[i].to(a.dtype)
                out = scaled_dot_product_attention(a, b, c, attn_mask=mask, dropout_p=dropout, scale=scaling)
            parts.append(out.transpose(1, 2).flatten(0, 1))
        attended = torch.cat(parts).index_select(0, slots)
    return attended[None], None


def padding_of(cu_seqlens: Tensor, blocks: Blocks) -> list[Tensor]:
    """The mask added to the attention scores of each padded block: (rows, 1, 1, longest), -inf at the padding."""
    lengths = cu_seqlens.diff().split([rows for rows, _ in blocks])  # type: ignore[no-untyped-call]
    places = [torch.arange(longest, device=cu_seqlens.device) for _, longest in blocks]
    within = [place < length[:, None] for place, length in zip(places, lengths, strict=True)]
    return [torch.where(inside, 0.0, -torch.inf)[:, None, None] for inside in within]


def _in_blocks(flat: Tensor, slots: Tensor, blocks: Blocks) -> list[Tensor]:
    """Arrange (t, heads, width) tokens in blocks of (rows, heads, longest, width); the padding is zero."""
    sizes = [rows * longest for rows, longest in blocks]
    padded = flat.new_zeros(sum(sizes), *flat.shape[1:]).index_copy(0, slots, flat)
    # Split, and not sliced: the gradient of a slice is as large as the whole.
    parts = padded.split(sizes)  # type: ignore[no-untyped-call]
    return [part.view(*block, *flat.shape[1:]).transpose(1, 2) for part, block in zip(parts, blocks, strict=True)]


def _attention_by_hand(
    q: Tensor, k: Tensor, v: Tensor, padding: Tensor, *, scaling: float, dropout: float, kept: Tensor | None
) -> Tensor:
    """Attention over (rows, heads, longest, width); on the CPU cheaper to train than PyTorch's own (docs/log.md)."""
    scores = ((q * scaling) @ k.transpose(-1, -2)).float() + padding
    weights = scores.softmax(dim=-1)
    weights = random_dropout(weights, dropout) if kept is None else drop(weights, kept, dropout)
    return weights.to(v.dtype) @ v


def _mask_of_padded_batches(*args: Any, attention_mask: Tensor | None = None, **kwargs: Any) -> Tensor | None:
    """Return no mask for a packed batch, whose attention receives the bounds of the sequences."""
    if attention_mask is None:
        return None
    from transformers.masking_utils import sdpa_mask

    return cast(Tensor | None, sdpa_mask(*args, attention_mask=attention_mask, **kwargs))
