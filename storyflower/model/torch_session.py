"""The session that computes with PyTorch."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.model.devices import Hardware, autocast_dtype, choose_precision
from storyflower.model.inference_network import InferenceNetwork, load_network
from storyflower.model.session import SessionPrecision, WantedPrecision, logits_by_length, require_within
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


def precision_of(hardware: Hardware, wanted: WantedPrecision) -> SessionPrecision:
    """The precision in which a session computes on the hardware."""
    if wanted == "auto":
        return "bf16" if choose_precision(hardware, "auto") == "bf16" else "fp32"
    return wanted


def load_session(directory: Path, hardware: Hardware, precision: WantedPrecision = "fp32") -> TorchSession:
    """Load the classifier of a model directory.

    Args:
        directory: as `load_network` takes it.
        hardware: where to compute.
        precision: bf16 is computed anywhere, but slowly where the hardware does not have it.

    Raises:
        EncoderError: it is not a classifier, or its weights are damaged.
    """
    chosen = precision_of(hardware, precision)
    network = load_network(directory, torch.device(hardware.device), autocast_dtype(chosen))
    return TorchSession(network, chosen)
