"""Logits of many texts, in the order given."""

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.model.devices import autocast
from storyflower.model.families import Classifier
from storyflower.model.packing import PackedBatches, packed_logits, require_fitting
from storyflower.recipe_parts import Precision
from storyflower.text.tokens import TokenSequences

_BATCHES_AT_ONCE = 64
"""Batches that are laid out together: the memory for it does not grow with the texts."""


def predict_logits(
    model: Classifier,
    tokens: TokenSequences,
    *,
    device: str,
    precision: Precision,
    tokens_per_batch: int = 8192,
) -> NDArray[np.float32]:
    """Logits of every text, shape (n, classes), the same for the same texts in the same call.

    Args:
        model: moved to `device`; its mode, training or evaluation, is restored.
        tokens: the n texts, n >= 0.
        device: where to compute.
        precision: not `auto`; see `choose_precision`.
        tokens_per_batch: the approximate number of tokens of a batch; texts of similar length are batched together.

    Raises:
        EncoderError: a text is longer than the encoder's positions, or an id exceeds its vocabulary.
    """
    logits = np.zeros((len(tokens), model.num_labels), np.float32)
    if not len(tokens):
        return logits
    require_fitting(model, tokens)
    model.to(device)  # type: ignore[arg-type]
    batches = tokens.batches_by_length(tokens_per_batch)
    some = (batches[i : i + _BATCHES_AT_ONCE] for i in range(0, len(batches), _BATCHES_AT_ONCE))
    was_training = model.training
    model.eval()  # type: ignore[no-untyped-call]
    try:
        with torch.inference_mode(), autocast(device, precision):
            parts = [packed_logits(model, batch) for few in some for batch in PackedBatches(tokens, few, device)]
            logits[np.concatenate(batches)] = torch.cat(parts).cpu().numpy()
    finally:
        model.train(was_training)
    return logits
