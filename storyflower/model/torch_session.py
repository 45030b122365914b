"""The session that computes with PyTorch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.model.devices import Hardware, autocast_dtype, choose_precision
from storyflower.model.inference_network import InferenceNetwork, load_networks
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
        require_within(tokens, positions=network.positions, vocab_size=network.vocab_size)
        return logits_by_length(tokens, network.classes, network.logits)


def precision_of(hardware: Hardware, wanted: WantedPrecision) -> SessionPrecision:
    """The precision in which a session computes on the hardware."""
    if wanted == "auto":
        return "bf16" if choose_precision(hardware, "auto") == "bf16" else "fp32"
    return wanted


def load_session(directory: Path, hardware: Hardware, precision: WantedPrecision = "fp32") -> TorchSession:
    """Load the classifier of a model directory in one precision; see `load_sessions`."""
    return load_sessions(directory, hardware, (precision,))[0]


def load_sessions(
    directory: Path, hardware: Hardware, precisions: Sequence[WantedPrecision]
) -> tuple[TorchSession, ...]:
    """Load the classifier of a model directory in several precisions; its weights are read once.

    Args:
        directory: as `load_networks` takes it.
        hardware: where to compute.
        precisions: bf16 is computed anywhere, but slowly where the hardware does not have it.

    Raises:
        EncoderError: it is not a classifier, or its weights are damaged.
    """
    chosen = [precision_of(hardware, wanted) for wanted in precisions]
    networks = load_networks(directory, torch.device(hardware.device), [autocast_dtype(one) for one in chosen])
    return tuple(TorchSession(network, one) for network, one in zip(networks, chosen, strict=True))
