"""Dropout on the CPU from random bits that are drawn for a whole step at once.

PyTorch's CPU dropout draws 64 random bits for each element, one element after the other, which is a fifth of a
training step. Here each element takes 16 bits, drawn for all layers before the pass, 8 MB a call: from the same
generator and seed, with a share that is exact to 1/65,536, and seven times as fast (docs/log.md). The layers contain no
random operations, so they also compile to the same arithmetic. They read 0 or 1 as 8-bit integers, which Inductor
vectorises; for 16-bit integers and Booleans it generates scalar loops.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import Dropout, Module

from storyflower.model.families import Network, encoder_of, family_of

KEPT_IN_ATTENTION = "storyflower_dropout_kept"
"""Attribute of a self-attention module: one mask (rows, heads, longest, longest) for each padded block."""

LANES = 4
"""Elements that take their 16 bits from one random word of 64."""
WORDS_AT_ONCE = 2**20
"""Random words that are in memory together, 8 MB: at 512 tokens a whole step would need gigabytes of them."""

_LEVELS = 2**16


class DropoutMasks:
    """Replaces the dropouts of an encoder, except that of the head, for batches of one shape, until removed."""

    def __init__(self, model: Network, tokens: int, blocks: tuple[tuple[int, int], ...]) -> None:
        """Allocate the masks of one forward pass.

        Args:
            model: on the CPU.
            tokens: in every batch.
            blocks: (rows, longest) of the padded blocks of every batch.
        """
        self._hidden = [found for found in _hidden_dropouts(model) if found[2].p > 0]
        attentions: Any = [layer.attention.self for layer in encoder_of(model).encoder.layer]
        self._attentions = [module for module in attentions if module.dropout.p > 0]
        heads = model.config.num_attention_heads
        of_hidden = [(1, tokens, found[3]) for found in self._hidden]
        of_blocks = [(rows, heads, longest, longest) for rows, longest in blocks]
        shapes = of_hidden + of_blocks * len(self._attentions)

        shares = [found[2].p for found in self._hidden]
        shares += [module.dropout.p for module in self._attentions for _ in blocks]

        sizes = [torch.Size(shape).numel() for shape in shapes]
        self._kept = torch.empty(sum(sizes), dtype=torch.bool)
        kept = self._kept.split(sizes)  # type: ignore[no-untyped-call]
        least_kept = [_dropped(p) - _LEVELS // 2 for p in shares]
        self._ranges = _ranges_of_one_share(sizes, least_kept)
        self._words = torch.empty(min(WORDS_AT_ONCE, -(-sum(sizes) // LANES)), dtype=torch.int64)

        masks = iter([mask.view(torch.uint8).view(shape) for mask, shape in zip(kept, shapes, strict=True)])
        for parent, name, dropout, _ in self._hidden:
            setattr(parent, name, DrawnDropout(dropout.p, next(masks)).train(dropout.training))
        for module in self._attentions:
            setattr(module, KEPT_IN_ATTENTION, [next(masks) for _ in blocks])

    def draw(self) -> None:
        """Draw the masks of the next forward pass from PyTorch's generator of the CPU."""
        elements = len(self._kept)
        for start in range(0, elements, LANES * WORDS_AT_ONCE):
            end = min(elements, start + LANES * WORDS_AT_ONCE)
            words = self._words[: -(-(end - start) // LANES)].random_(-(2**63), None)
            lanes = words.view(torch.int16)
            for first, last, least_kept in self._ranges:
                a, b = max(first, start), min(last, end)
                if a < b:
                    torch.ge(lanes[a - start : b - start], least_kept, out=self._kept[a:b])

    def remove(self) -> None:
        """Restore the model's own dropouts."""
        for parent, name, dropout, _ in self._hidden:
            setattr(parent, name, dropout)
        for module in self._attentions:
            delattr(module, KEPT_IN_ATTENTION)


def _ranges_of_one_share(sizes: list[int], least_kept: list[int]) -> list[tuple[int, int, int]]:
    """(first, end, least_kept) of the stretches of elements that have the same `least_kept`."""
    ranges: list[tuple[int, int, int]] = []
    end = 0
    for size, least in zip(sizes, least_kept, strict=True):
        first, end = end, end + size
        if ranges and ranges[-1][2] == least:
            ranges[-1] = (ranges[-1][0], end, least)
        else:
            ranges.append((first, end, least))
    return ranges


class DrawnDropout(Dropout):
    """A dropout that applies a mask drawn before."""

    def __init__(self, p: float, kept: Tensor) -> None:
        super().__init__(p)
        self.kept = kept

    def forward(self, input: Tensor) -> Tensor:  # the name in Dropout
        """Apply the mask to `input` of the same shape; in evaluation return `input`, of any shape, unchanged."""
        return drop(input, self.kept, self.p) if self.training else input


def drop(values: Tensor, kept: Tensor, p: float) -> Tensor:
    """Zero the values, `p` of them, that are not `kept` (uint8 0 or 1, of the same shape); scale up the others."""
    return values * (_LEVELS / (_LEVELS - _dropped(p))) * kept


def _dropped(p: float) -> int:
    """The number of values of 16 bits that mean `drop`."""
    return round(p * _LEVELS)


def _hidden_dropouts(model: Network) -> Iterator[tuple[Module, str, Dropout, int]]:
    """Every dropout over (1, tokens, width) values: the module that holds it, its name there, itself, and the width."""
    config, body = model.config, encoder_of(model)
    layers: Any = body.encoder.layer
    outputs = [part for layer in layers for part in (layer.attention.output, layer.output)]
    yield body.embeddings, "dropout", body.embeddings.dropout, family_of(config).embedding_size(config)
    for parent in outputs:
        yield parent, "dropout", parent.dropout, config.hidden_size
