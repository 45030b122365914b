"""The forward pass of a classifier for prediction alone, on packed tokens, with PyTorch and without Transformers.

Importing Transformers' model classes takes longer than answering a sentence, and autocast converts the weights at
every call. Logits equal those of Transformers' classes (`tests/parity`): in fp32 to rounding, in bf16 to the precision
of autocast, because layer normalisation and the sums of the residual connections stay in fp32.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import gelu, layer_norm, linear, scaled_dot_product_attention

from storyflower.model.activations import Activation
from storyflower.model.architecture import Architecture
from storyflower.model.config import read_architecture
from storyflower.model.families import FAMILIES, without_constants
from storyflower.model.network_parts import Affine, Layer, PackedTokens, TextBlock, affine_of, layer_of
from storyflower.model.weight_shapes import head_layers, weight_shapes
from storyflower.model.weights import read_weights, require_expected, require_fitting_sizes
from storyflower.text.tokens import TokenSequences


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

        def affine(name: str) -> Affine:
            return affine_of(weights, name, device)

        embeddings = f"{name}.embeddings"
        self._words = weights[f"{embeddings}.word_embeddings.weight"].to(device)
        positions = weights[f"{embeddings}.position_embeddings.weight"][family.first_position(architecture) :]
        # All tokens are of type 0.
        self._positions = (positions + weights[f"{embeddings}.token_type_embeddings.weight"][0]).to(device)
        self._embedded_norm = affine(f"{embeddings}.LayerNorm")
        is_projected = architecture.embedding_size != architecture.hidden_size
        self._projection = affine(f"{name}.embeddings_project") if is_projected else None
        self._layers = [
            layer_of(weights, f"{name}.encoder.layer.{i}", architecture.hidden_act, device, dtype)
            for i in range(architecture.num_hidden_layers)
        ]
        pooler, head = head_layers(family)
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
            return self._logits(PackedTokens.of(tokens, self._device, self._dtype)).cpu().numpy()

    def padded_logits(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits (n, classes) of padded texts; for tracing, which `logits` does not support.

        Args:
            input_ids: (n, length) int64, on the network's device; texts begin at the left.
            attention_mask: (n, length) int64, 1 at tokens and 0 at the padding.
        """
        return self._logits(PackedTokens.padded(input_ids, attention_mask, self._dtype))

    def _logits(self, batch: PackedTokens) -> Tensor:
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

    def _through(self, layer: Layer, hidden: Tensor, batch: PackedTokens, *, of_first: bool) -> Tensor:
        """The hidden states after a layer: (t, width), or (n, width) of the first tokens."""
        attended = layer.attended(self._attention(layer, hidden, batch, of_first))
        hidden = hidden[batch.first] if of_first else hidden
        hidden = self._normalised(hidden + attended, layer.attended_norm)
        inner = layer.up(hidden.to(self._dtype))
        return self._normalised(hidden + layer.down(inner), layer.norm)

    def _attention(self, layer: Layer, hidden: Tensor, batch: PackedTokens, of_first: bool) -> Tensor:
        """What each token, or each first token, attends to in its text: (t, width) or (n, width)."""
        qkv = layer.qkv(hidden.to(self._dtype))
        attended = [self._within(block, qkv[block.tokens], of_first) for block in batch.blocks]
        return attended[0] if len(attended) == 1 else torch.cat(attended)

    def _within(self, block: TextBlock, qkv: Tensor, of_first: bool) -> Tensor:
        """The attention of a block's tokens, from their queries, keys and values (t, 3 * width)."""
        if block.slots is not None:
            qkv = qkv.new_zeros(block.n * block.longest, qkv.shape[1]).index_copy_(0, block.slots, qkv)
        query, key, value = qkv.view(block.n, block.longest, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        query = query[:, :, :1] if of_first else query
        attended = scaled_dot_product_attention(query, key, value, attn_mask=block.mask)
        attended = attended.transpose(1, 2).reshape(-1, qkv.shape[1] // 3)
        return attended if of_first or block.slots is None else attended[block.slots]

    def _normalised(self, hidden: Tensor, norm: Affine) -> Tensor:
        """Layer normalisation in fp32."""
        return layer_norm(hidden, norm.weight.shape, norm.weight, norm.bias, self._eps)


def load_network(directory: Path, device: torch.device, dtype: torch.dtype) -> InferenceNetwork:
    """Load the classifier of a directory; see `load_networks`."""
    return load_networks(directory, device, (dtype,))[0]


def load_networks(directory: Path, device: torch.device, dtypes: Sequence[torch.dtype]) -> tuple[InferenceNetwork, ...]:
    """Load the classifier of a directory that `save_classifier` or Transformers wrote; its weights are read once.

    Args:
        directory: with `config.json` and weights.
        device: where to compute.
        dtypes: see `InferenceNetwork`; there is one network for each.

    Raises:
        EncoderError: it is not a classifier, or weights are missing, unexpected or of another shape.
    """
    if device.type == "cuda":
        # It makes a plan for each shape of a batch, which takes longer than the batch, and nearly all shapes differ.
        torch.backends.cuda.enable_cudnn_sdp(False)
    architecture = read_architecture(directory)
    require_fitting_sizes(architecture, directory)
    weights = without_constants(read_weights(directory), f"{architecture.model_type}.")
    head = f"{head_layers(FAMILIES[architecture.model_type])[1]}.weight"
    classes = len(weights[head]) if head in weights and weights[head].dim() else 0
    require_expected(weights, weight_shapes(architecture, classes), directory)
    return tuple(InferenceNetwork(architecture, weights, device, dtype) for dtype in dtypes)
