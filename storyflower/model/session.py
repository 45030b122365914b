"""Sessions, which compute logits from token ids."""

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from storyflower.model.devices import Hardware
from storyflower.model.families import Classifier
from storyflower.model.inference import predict_logits
from storyflower.text.tokens import TokenSequences


class Session(Protocol):
    """A loaded classifier, in any runtime."""

    def logits(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """Logits of every text, shape (texts, labels), in the order of the texts."""


class TorchSession:
    """A PyTorch model on one device.

    Logits are computed in fp32, so that a prediction does not depend on the batching of texts.
    """

    def __init__(self, model: Classifier, hardware: Hardware) -> None:
        self._device = hardware.device
        self._model = model
        self._model.to(torch.device(self._device))  # type: ignore[arg-type]  # wrapped by Transformers

    def logits(self, tokens: TokenSequences) -> NDArray[np.float32]:
        """See `Session.logits`."""
        return predict_logits(self._model, tokens, device=self._device, precision="fp32")
