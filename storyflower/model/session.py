"""Sessions, which compute logits from token ids."""

from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.errors import AnswerError, EncoderError
from storyflower.messages import problem
from storyflower.model.devices import Hardware, autocast_dtype, choose_precision
from storyflower.model.inference_network import InferenceNetwork, load_network
from storyflower.text.tokens import TokenSequences

SessionPrecision = Literal["fp32", "bf16"]
"""The type of the matrix products' operands."""

TOKENS_PER_BATCH = 2048
"""The approximate number of tokens of a batch: on two cores as fast as any larger number (docs/log.md)."""


class Session(Protocol):
    """A loaded classifier, in any runtime."""

    @property
    def precision(self) -> SessionPrecision:
        """The precision of its logits."""

    def logits(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """Logits of every text, shape (texts, labels), in the order of the texts."""


class TorchSession:
    """A PyTorch model on one device; texts of similar length are batched together.

    Logits do not depend on the batching of texts, except for the rounding of sums: the tolerances are stated and held
    by `tests/parity/test_inference_network.py`.
    """

    def __init__(self, network: InferenceNetwork, precision: SessionPrecision) -> None:
        self._network = network
        self.precision = precision

    def logits(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """See `Session.logits`.

        Raises:
            EncoderError: a text is longer than the encoder's positions, or an id exceeds its vocabulary.
        """
        network = self._network
        logits = np.zeros((len(tokens), network.classes), np.float32)
        if not len(tokens):
            return logits
        if (longest := int(tokens.lengths.max())) > network.positions:
            raise problem(EncoderError, "text_too_long", "encoder", longest=longest, positions=network.positions)
        if (highest := int(tokens.ids.max())) >= network.vocab_size:
            raise problem(EncoderError, "id_beyond_embedding", "encoder", highest=highest, rows=network.vocab_size)
        order = np.argsort(tokens.lengths, kind="stable")
        lengths = tokens.lengths[order]
        batch_of = (np.cumsum(lengths) - lengths) // TOKENS_PER_BATCH
        for batch in np.split(order, np.flatnonzero(np.diff(batch_of)) + 1):
            logits[batch] = network.logits(tokens.take(batch))
        return logits


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


def require_finite(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return logits (n, classes) unchanged if all are finite; otherwise no class is the most probable.

    Raises:
        AnswerError: some are NaN or infinite.
    """
    wrong = np.flatnonzero(~np.isfinite(logits).all(axis=1))
    if wrong.size:
        raise problem(AnswerError, "answers_not_finite", count=wrong.size, first=int(wrong[0]))
    return logits
