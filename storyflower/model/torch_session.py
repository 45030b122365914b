"""The session that computes with PyTorch."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.model.devices import Hardware, autocast_dtype, choose_precision
from storyflower.model.inference_network import InferenceNetwork, load_network
from storyflower.model.session import SessionPrecision, logits_by_length, require_within
from storyflower.text.tokens import TokenSequences


class TorchSession:
    """A PyTorch model on one device; texts of similar length are batched together.

    Logits do not depend on the batching of texts, except for the rounding of sums: the tolerances are stated and held
    by `tests/parity/test_inference_network.py`.
    """

    def __init__(self, network: InferenceNetwork, precision: SessionPrecision) -> None:
        self._network = network
        self.precision = precision

    def logits(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """See `Session.logits`."""
        network = self._network
        if len(tokens):
            require_within(tokens, positions=network.positions, vocab_size=network.vocab_size)
        return logits_by_length(tokens, network.classes, network.logits)


def load_session(directory: Path, hardware: Hardware, *, fast: bool = False) -> TorchSession:
    """Load the classifier of a model directory.

    Args:
        directory: as `load_network` takes it.
        hardware: where to compute.
        fast: compute in bf16 where the hardware has it; else in fp32.

    Raises:
        EncoderError: it is not a classifier, or its weights are damaged.
    """
    precision: SessionPrecision = "bf16" if fast and choose_precision(hardware, "auto") == "bf16" else "fp32"
    network = load_network(directory, torch.device(hardware.device), autocast_dtype(precision))
    return TorchSession(network, precision)
