"""The forward pass of a classifier for prediction alone, on packed tokens, with PyTorch and without Transformers.

Importing Transformers' model classes takes longer than answering a sentence, and autocast converts the weights at
every call. Logits equal those of Transformers' classes (`tests/parity`): in fp32 to rounding, in bf16 to the precision
of autocast, because layer normalisation and the sums of the residual connections stay in fp32.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

from storyflower.model.activations import Activation, activation
from storyflower.model.architecture import Architecture
from storyflower.model.config import read_architecture
from storyflower.model.families import FAMILIES, without_constants
from storyflower.model.weights import read_weights, require_expected, require_fitting_sizes
from storyflower.text.tokens import TokenSequences

_HEAD = ("classifier.dense", "classifier.out_proj")
"""The linear layers of heads that do not follow a pooler."""


@dataclass(frozen=True)
class _Affine:
    """A linear layer or a layer normalisation."""

    weight: Tensor
    bias: Tensor

    def to(self, device: torch.device, dtype: torch.dtype) -> "_Affine":
        return _Affine(self.weight.to(device, dtype), self.bias.to(device, dtype))


@dataclass(frozen=True)
class _Layer:
    """One layer of the encoder."""

    qkv: _Affine
    """The projections to queries, keys and values, one below the other."""
    attended: _Affine
    attended_norm: _Affine
    up: _Affine
    down: _Affine
    norm: _Affine


@dataclass(frozen=True)
class _Tokens:
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
    def of(cls, tokens: TokenSequences, device: torch.device, dtype: torch.dtype) -> "_Tokens":
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
    def padded(cls, input_ids: Tensor, attention_mask: Tensor, dtype: torch.dtype) -> "_Tokens":
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


class InferenceNetwork:
    """Computes the logits of a BERT, RoBERTa or ELECTRA classifier.

    Args:
        architecture: of the classifier.
        weights: its tensors in fp32, by Transformers' names.
        device: where to compute.
        dtype: of the matrix products' operands, fp32 or bf16. Embeddings, normalisation and the head stay fp32.
    """

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, Tensor], device: torch.device, dtype: torch.dtype
    ) -> None:
        family = FAMILIES[architecture.model_type]
        name = family.name
        self._device, self._dtype = device, dtype
        self._heads = architecture.num_attention_heads
        self._eps = architecture.layer_norm_eps
        self._activation = activation(architecture.hidden_act)

        def affine(name: str, dtype: torch.dtype = torch.float32) -> _Affine:
            return _Affine(weights[f"{name}.weight"], weights[f"{name}.bias"]).to(device, dtype)

        embeddings = f"{name}.embeddings"
        self._words = weights[f"{embeddings}.word_embeddings.weight"].to(device)
        positions = weights[f"{embeddings}.position_embeddings.weight"][family.first_position(architecture) :]
        # All tokens are of type 0.
        self._positions = (positions + weights[f"{embeddings}.token_type_embeddings.weight"][0]).to(device)
        self._embedded_norm = affine(f"{embeddings}.LayerNorm")
        is_projected = architecture.embedding_size != architecture.hidden_size
        self._projection = affine(f"{name}.embeddings_project") if is_projected else None
        self._layers = [
            _layer(weights, f"{name}.encoder.layer.{i}", affine, device, dtype)
            for i in range(architecture.num_hidden_layers)
        ]
        pooler, head = (f"{name}.pooler.dense", "classifier") if family.has_pooler else _HEAD
        self._pooler, self._head = affine(pooler), affine(head)
        self._pooled: Activation = gelu if family.name == "electra" else torch.tanh

    @property
    def positions(self) -> int:
        """The maximum tokens of a text."""
        return len(self._positions)

    @property
    def vocab_size(self) -> int:
        """The number of embeddings; all ids are below it."""
        return len(self._words)

    @property
    def classes(self) -> int:
        """The number of labels."""
        return len(self._head.bias)

    def logits(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """Logits of n > 0 texts as one batch, shape (n, classes)."""
        with torch.inference_mode():
            return self._logits(_Tokens.of(tokens, self._device, self._dtype)).cpu().numpy()

    def padded_logits(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits (n, classes) of padded texts; for tracing, which `logits` does not support.

        Args:
            input_ids: (n, length) int64, on the network's device; texts begin at the left.
            attention_mask: (n, length) int64, 1 at tokens and 0 at the padding.
        """
        return self._logits(_Tokens.padded(input_ids, attention_mask, self._dtype))

    def _logits(self, batch: _Tokens) -> Tensor:
        """Logits (n, classes) of a batch."""
        hidden = self._words[batch.ids] + self._positions[batch.positions]
        hidden = self._normalised(hidden, self._embedded_norm)
        if self._projection is not None:
            hidden = linear(hidden, self._projection.weight, self._projection.bias)
        for layer in self._layers[:-1]:
            hidden = self._through(layer, hidden, batch, of_first=False)
        # Only the first token of each text reaches the head, so the last layer is computed for it alone.
        hidden = self._through(self._layers[-1], hidden, batch, of_first=True)
        pooled = self._pooled(linear(hidden, self._pooler.weight, self._pooler.bias))
        return linear(pooled, self._head.weight, self._head.bias)

    def _through(self, layer: _Layer, hidden: Tensor, batch: _Tokens, *, of_first: bool) -> Tensor:
        """The hidden states after a layer: (t, width), or (n, width) of the first tokens."""
        attended = linear(self._attention(layer, hidden, batch, of_first), layer.attended.weight, layer.attended.bias)
        hidden = hidden[batch.first] if of_first else hidden
        hidden = self._normalised(hidden + attended, layer.attended_norm)
        inner = self._activation(linear(hidden.to(self._dtype), layer.up.weight, layer.up.bias))
        return self._normalised(hidden + linear(inner, layer.down.weight, layer.down.bias), layer.norm)

    def _attention(self, layer: _Layer, hidden: Tensor, batch: _Tokens, of_first: bool) -> Tensor:
        """What each token, or each first token, attends to in its text: (t, width) or (n, width)."""
        qkv = linear(hidden.to(self._dtype), layer.qkv.weight, layer.qkv.bias)
        if batch.slots is not None:
            qkv = qkv.new_zeros(batch.n * batch.longest, qkv.shape[1]).index_copy_(0, batch.slots, qkv)
        query, key, value = qkv.view(batch.n, batch.longest, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        query = query[:, :, :1] if of_first else query
        attended = scaled_dot_product_attention(query, key, value, attn_mask=batch.mask)
        attended = attended.transpose(1, 2).reshape(-1, hidden.shape[1])
        return attended if of_first or batch.slots is None else attended[batch.slots]

    def _normalised(self, hidden: Tensor, norm: _Affine) -> Tensor:
        """Layer normalisation in fp32."""
        return layer_norm(hidden, norm.weight.shape, norm.weight, norm.bias, self._eps)


def _layer(
    weights: Mapping[str, Tensor],
    name: str,
    affine: Callable[..., _Affine],
    device: torch.device,
    dtype: torch.dtype,
) -> _Layer:
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    return _Layer(
        qkv=_Affine(
            torch.cat([weights[f"{part}.weight"] for part in parts]),
            torch.cat([weights[f"{part}.bias"] for part in parts]),
        ).to(device, dtype),
        attended=affine(f"{name}.attention.output.dense", dtype),
        attended_norm=affine(f"{name}.attention.output.LayerNorm"),
        up=affine(f"{name}.intermediate.dense", dtype),
        down=affine(f"{name}.output.dense", dtype),
        norm=affine(f"{name}.output.LayerNorm"),
    )


def load_network(directory: Path, device: torch.device, dtype: torch.dtype) -> InferenceNetwork:
    """Load the classifier of a directory that `save_classifier` or Transformers wrote.

    Args:
        directory: with `config.json` and weights.
        device: where to compute.
        dtype: see `InferenceNetwork`.

    Raises:
        EncoderError: it is not a classifier, or weights are missing, unexpected or of another shape.
    """
    architecture = read_architecture(directory)
    require_fitting_sizes(architecture, directory)
    weights = without_constants(read_weights(directory), f"{architecture.model_type}.")
    head = "classifier.weight" if FAMILIES[architecture.model_type].has_pooler else f"{_HEAD[1]}.weight"
    classes = len(weights[head]) if head in weights and weights[head].dim() else 0
    require_expected(weights, weight_shapes(architecture, classes), directory)
    return InferenceNetwork(architecture, weights, device, dtype)


def weight_shapes(architecture: Architecture, classes: int) -> dict[str, torch.Size]:
    """The shapes of a classifier's weights, by their names."""
    hidden, inner, width = architecture.hidden_size, architecture.intermediate_size, architecture.embedding_size
    family = FAMILIES[architecture.model_type]
    name = family.name
    tables = {
        "word": architecture.vocab_size,
        "position": architecture.max_position_embeddings,
        "token_type": architecture.type_vocab_size,
    }
    shapes: dict[str, tuple[int, ...]] = {
        f"{name}.embeddings.{table}_embeddings.weight": (rows, width) for table, rows in tables.items()
    }
    affine: dict[str, tuple[int, ...]] = {f"{name}.embeddings.LayerNorm": (width,)}
    affine |= {
        f"{name}.encoder.layer.{i}.{part}": shape
        for i in range(architecture.num_hidden_layers)
        for part, shape in {
            **{f"attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")},
            "attention.output.dense": (hidden, hidden),
            "attention.output.LayerNorm": (hidden,),
            "intermediate.dense": (inner, hidden),
            "output.dense": (hidden, inner),
            "output.LayerNorm": (hidden,),
        }.items()
    }
    if width != hidden:
        affine[f"{name}.embeddings_project"] = (hidden, width)
    pooler, head = (f"{name}.pooler.dense", "classifier") if family.has_pooler else _HEAD
    affine |= {pooler: (hidden, hidden), head: (classes, hidden)}
    shapes |= {f"{part}.weight": shape for part, shape in affine.items()}
    shapes |= {f"{part}.bias": shape[:1] for part, shape in affine.items()}
    return {part: torch.Size(shape) for part, shape in shapes.items()}
