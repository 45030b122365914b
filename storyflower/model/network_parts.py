"""The parts of `InferenceNetwork`: its layers' weights, and a batch of texts as its input."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storyflower.model.products import Product
from storyflower.text.tokens import TokenSequences

_BLOCK_LENGTHS = 16
"""Texts whose numbers of tokens round up to the same multiple of it have their attention computed together."""


@dataclass(frozen=True)
class Affine:
    """A layer normalisation, or a linear layer in fp32."""

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Layer:
    """One layer of the encoder."""

    qkv: Product
    """The projections to queries, keys and values, one below the other."""
    attended: Product
    attended_norm: Affine
    up: Product
    """With the activation after it."""
    down: Product
    norm: Affine


@dataclass(frozen=True)
class TextBlock:
    """Neighbouring texts of a batch, `n` with the longest of `longest` tokens, whose attention is computed together."""

    tokens: slice
    """Their tokens among those of the batch."""
    n: int
    longest: int
    slots: Tensor | None
    """(t,) int64 position of each token in the padded block; None if all texts have the same length."""
    mask: Tensor | None
    """(n, 1, 1, longest) float, -inf at the padding; None likewise."""

    @classmethod
    def of(cls, lengths: NDArray[np.int64], begin: int, device: torch.device, dtype: torch.dtype) -> "TextBlock":
        """Lay out texts of these lengths, the first of which begins at token `begin`; the mask is of `dtype`."""
        n, longest = len(lengths), int(lengths.max())
        slots = mask = None
        if int(lengths.min()) < longest:
            is_token = np.arange(longest) < lengths[:, None]
            slots = torch.from_numpy(np.flatnonzero(is_token)).to(device)
            mask = torch.from_numpy(np.where(is_token, 0.0, -np.inf)).to(device, dtype)[:, None, None]
        return cls(slice(begin, begin + int(lengths.sum())), n, longest, slots, mask)


@dataclass(frozen=True)
class PackedTokens:
    """A batch of `n` texts with `t` tokens in all; tensors are on the network's device."""

    ids: Tensor
    """(t,) int64."""
    positions: Tensor
    """(t,) int64 position of each token in its text, from 0."""
    first: Tensor
    """(n,) int64 index of the first token of each text."""
    blocks: tuple[TextBlock, ...]

    @classmethod
    def of(cls, tokens: TokenSequences, device: torch.device, dtype: torch.dtype) -> "PackedTokens":
        """Lay out n > 0 texts, ordered by length if their attention is to have little padding."""
        lengths, offsets = tokens.lengths, tokens.offsets
        positions = np.arange(len(tokens.ids)) - np.repeat(offsets[:-1], lengths)
        begins = np.flatnonzero(np.diff(-(-lengths // _BLOCK_LENGTHS), prepend=-1))
        return cls(
            ids=torch.from_numpy(tokens.ids.astype(np.int64)).to(device),
            positions=torch.from_numpy(positions).to(device),
            first=torch.from_numpy(offsets[:-1].astype(np.int64)).to(device),
            blocks=tuple(
                TextBlock.of(part, int(offsets[begin]), device, dtype)
                for begin, part in zip(begins, np.split(lengths, begins[1:]), strict=True)
            ),
        )

    @classmethod
    def padded(cls, input_ids: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> "PackedTokens":
        """A padded block (n, longest), whose padding is computed like tokens; no value decides a branch."""
        n, longest = input_ids.shape
        mask = (1.0 - attention_mask[:, None, None, :].to(dtype)) * torch.finfo(dtype).min
        return cls(
            ids=input_ids.reshape(-1),
            positions=torch.arange(longest, device=input_ids.device).repeat(n),
            first=torch.arange(n, device=input_ids.device) * longest,
            blocks=(TextBlock(slice(None), n, longest, None, mask),),
        )


def layer_of(
    weights: Mapping[str, Tensor], name: str, activation: str, device: torch.device, dtype: torch.dtype
) -> Layer:
    """The layer whose weights' names begin with `name`; its matrix products are in `dtype`."""

    def product(*parts: str, then: str | None = None) -> Product:
        weight, bias = (torch.cat([weights[f"{name}.{part}.{kind}"] for part in parts]) for kind in ("weight", "bias"))
        return Product(weight, bias, device, dtype, then)

    return Layer(
        qkv=product(*(f"attention.self.{part}" for part in ("query", "key", "value"))),
        attended=product("attention.output.dense"),
        attended_norm=affine_of(weights, f"{name}.attention.output.LayerNorm", device),
        up=product("intermediate.dense", then=activation),
        down=product("output.dense"),
        norm=affine_of(weights, f"{name}.output.LayerNorm", device),
    )


def affine_of(weights: Mapping[str, Tensor], name: str, device: torch.device) -> Affine:
    """The weights whose names begin with `name`, on the device."""
    return Affine(weights[f"{name}.weight"].to(device), weights[f"{name}.bias"].to(device))
