"""Dropout on the CPU from random bits drawn for a whole step at once.

PyTorch's CPU dropout draws 64 random bits for each element, one element after the other, which is a fifth of a
training step. Here each element takes 16 of them, drawn in one call for all layers: the same generator and seed, the
share dropped exact to 1/65,536, and seven times as fast (docs/log.md). Nothing random is left inside the layers, so
they also compile to the same arithmetic. They see 0 or 1 in 8 bits, which Inductor makes vectors of: of 16-bit integers
it makes scalar loops, and loads Booleans one by one.
"""

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import Dropout, Module
from transformers import BertForSequenceClassification

KEPT_IN_ATTENTION = "storyflower_dropout_kept"
"""Attribute of a self-attention module: one mask (rows, heads, longest, longest) for each padded block."""

_LEVELS = 2**16


class DropoutMasks:
    """Take the place of a BERT's dropouts, but for the head's, in batches of one shape, until removed."""

    def __init__(self, model: BertForSequenceClassification, tokens: int, blocks: tuple[tuple[int, int], ...]) -> None:
        """Make room for the masks of one forward pass.

        Args:
            model: on the CPU.
            tokens: in every batch.
            blocks: (rows, longest) of the padded blocks of every batch.
        """
        self._hidden = [found for found in _hidden_dropouts(model) if found[2].p > 0]
        attentions: Any = [cast(Any, layer).attention.self for layer in model.bert.encoder.layer]
        self._attentions = [module for module in attentions if module.dropout.p > 0]
        heads = model.config.num_attention_heads
        of_hidden = (1, tokens, model.config.hidden_size)
        of_blocks = [(rows, heads, longest, longest) for rows, longest in blocks]
        shapes = [of_hidden] * len(self._hidden) + of_blocks * len(self._attentions)

        shares = [found[2].p for found in self._hidden]
        shares += [module.dropout.p for module in self._attentions for _ in blocks]

        sizes = [torch.Size(shape).numel() for shape in shapes]
        self._words = torch.empty(-(-sum(sizes) // 4), dtype=torch.int64)
        lanes = self._words.view(torch.int16)[: sum(sizes)].split(sizes)  # type: ignore[no-untyped-call]
        kept = torch.empty(sum(sizes), dtype=torch.bool).split(sizes)  # type: ignore[no-untyped-call]
        least_kept = [_dropped(p) - _LEVELS // 2 for p in shares]
        self._drawn = list(zip(lanes, least_kept, kept, strict=True))

        masks = iter([mask.view(torch.uint8).view(shape) for mask, shape in zip(kept, shapes, strict=True)])
        for parent, name, dropout in self._hidden:
            setattr(parent, name, DrawnDropout(dropout.p, next(masks)).train(dropout.training))
        for module in self._attentions:
            setattr(module, KEPT_IN_ATTENTION, [next(masks) for _ in blocks])

    def draw(self) -> None:
        """New masks for the next forward pass, from PyTorch's generator of the CPU."""
        self._words.random_(-(2**63), None)
        for lanes, least_kept, kept in self._drawn:
            torch.ge(lanes, least_kept, out=kept)

    def remove(self) -> None:
        """Give the model its own dropouts back."""
        for parent, name, dropout in self._hidden:
            setattr(parent, name, dropout)
        for module in self._attentions:
            delattr(module, KEPT_IN_ATTENTION)


class DrawnDropout(Dropout):
    """A dropout that finds its mask drawn."""

    def __init__(self, p: float, kept: Tensor) -> None:
        super().__init__(p)
        self.kept = kept

    def forward(self, input: Tensor) -> Tensor:  # the name in Dropout
        """`input`, of the shape that the mask has; in evaluation of any shape, and unchanged."""
        return drop(input, self.kept, self.p) if self.training else input


def drop(values: Tensor, kept: Tensor, p: float) -> Tensor:
    """Zero the values, `p` of them, that are not `kept` (uint8 0 or 1, of the same shape); scale up the others."""
    return values * (_LEVELS / (_LEVELS - _dropped(p))) * kept


def _dropped(p: float) -> int:
    """Of the values that 16 bits have, those that mean: drop."""
    return round(p * _LEVELS)


def _hidden_dropouts(model: BertForSequenceClassification) -> Iterator[tuple[Module, str, Dropout]]:
    """Every dropout over (1, tokens, hidden) values, with the module that holds it and its name there."""
    layers: Any = model.bert.encoder.layer
    outputs = [part for layer in layers for part in (layer.attention.output, layer.output)]
    for parent in (model.bert.embeddings, *outputs):
        yield parent, "dropout", cast(Dropout, parent.dropout)
