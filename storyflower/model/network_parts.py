"""The parts of `InferenceNetwork`: its layers' weights, and a batch of texts as its input."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from storyflower.text.tokens import TokenSequences


@dataclass(frozen=True)
class Affine:
    """A linear layer or a layer normalisation."""

    weight: Tensor
    bias: Tensor

    def to(self, device: torch.device, dtype: torch.dtype) -> "Affine":
        """The same in another type, or on another device."""
        return Affine(self.weight.to(device, dtype), self.bias.to(device, dtype))


@dataclass(frozen=True)
class Layer:
    """One layer of the encoder."""

    qkv: Affine
    """The projections to queries, keys and values, one below the other."""
    attended: Affine
    attended_norm: Affine
    up: Affine
    down: Affine
    norm: Affine


@dataclass(frozen=True)
class PackedTokens:
    """A batch of `n` texts with `t` tokens in all, the longest of `longest`; tensors are on the network's device."""

    ids: Tensor
    """(t,) int64."""
    positions: Tensor
    """(t,) int64 position of each token in its text, from 0."""
    first: Tensor
    """(n,) int64 index of the first token of each text."""
    n: int
    longest: int
    slots: Tensor | None
    """(t,) int64 position of each token in the padded block; None if all texts have the same length."""
    mask: Tensor | None
    """(n, 1, 1, longest) float, -inf at the padding; None likewise."""

    @classmethod
    def of(cls, tokens: TokenSequences, device: torch.device, dtype: torch.dtype) -> "PackedTokens":
        """Lay out n > 0 texts; the mask is of `dtype`."""
        lengths, n = tokens.lengths, len(tokens)
        longest = int(lengths.max())
        positions = np.arange(len(tokens.ids)) - np.repeat(tokens.offsets[:-1], lengths)
        slots = mask = None
        if int(lengths.min()) < longest:
            slots = torch.from_numpy(np.repeat(np.arange(n) * longest, lengths) + positions).to(device)
            padding = np.where(np.arange(longest) < lengths[:, None], 0.0, -np.inf)
            mask = torch.from_numpy(padding).to(device, dtype)[:, None, None]
        return cls(
            ids=torch.from_numpy(tokens.ids.astype(np.int64)).to(device),
            positions=torch.from_numpy(positions).to(device),
            first=torch.from_numpy(tokens.offsets[:-1].astype(np.int64)).to(device),
            n=n,
            longest=longest,
            slots=slots,
            mask=mask,
        )

    @classmethod
    def padded(cls, input_ids: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> "PackedTokens":
        """A padded block (n, longest), whose padding is computed like tokens; no value decides a branch."""
        n, longest = input_ids.shape
        return cls(
            ids=input_ids.reshape(-1),
            positions=torch.arange(longest, device=input_ids.device).repeat(n),
            first=torch.arange(n, device=input_ids.device) * longest,
            n=n,
            longest=longest,
            slots=None,
            mask=(1.0 - attention_mask[:, None, None, :].to(dtype)) * torch.finfo(dtype).min,
        )


def layer_of(
    weights: Mapping[str, Tensor],
    name: str,
    affine: Callable[..., Affine],
    device: torch.device,
    dtype: torch.dtype,
) -> Layer:
    """The layer whose weights' names begin with `name`; `affine` reads one linear layer or normalisation."""
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    return Layer(
        qkv=Affine(
            torch.cat([weights[f"{part}.weight"] for part in parts]),
            torch.cat([weights[f"{part}.bias"] for part in parts]),
        ).to(device, dtype),
        attended=affine(f"{name}.attention.output.dense", dtype),
        attended_norm=affine(f"{name}.attention.output.LayerNorm"),
        up=affine(f"{name}.intermediate.dense", dtype),
        down=affine(f"{name}.output.dense", dtype),
        norm=affine(f"{name}.output.LayerNorm"),
    )
