"""Sentences in, emotions with their probabilities out: shared by the registered model, commands and servers."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from storyflower.data.cleaning import clean
from storyflower.model.classifier import load_classifier
from storyflower.model.devices import find_hardware
from storyflower.model.inference import predict_logits
from storyflower.text.tokenizer import KoBertTokenizer

SERVING_FILE = "storyflower.json"
"""What a model directory holds beside Transformers' files: `{"max_len": tokens, "labels": [names]}`."""


class Predictor:
    """A model directory, loaded and ready.

    Raises:
        EncoderError: the directory is not one that StoryFlower's fine-tuning left behind.
    """

    def __init__(self, directory: Path) -> None:
        facts = json.loads((directory / SERVING_FILE).read_text("utf-8"))
        self.max_len: int = facts["max_len"]
        self.labels: tuple[str, ...] = tuple(facts["labels"])
        self._tokenizer = KoBertTokenizer(directory / "spiece.model")
        self._hardware = find_hardware("auto")
        self._model = load_classifier(directory)
        self._model.to(torch.device(self._hardware.device))  # type: ignore[arg-type]  # wrapped by Transformers

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Probability of every label for every text, shape (texts, labels), rows summing to 1.

        Computed in fp32, so that an answer does not depend on how texts are batched.
        """
        tokens = self._tokenizer.encode_batch([clean(text) for text in texts], self.max_len)
        logits = predict_logits(self._model, tokens, device=self._hardware.device, precision="fp32")
        return torch.from_numpy(logits).double().softmax(dim=1).numpy()

    def predict(self, texts: Sequence[str]) -> pd.DataFrame:
        """One row a text: `label`, `confidence` (0 to 1), and a column of probabilities for every label."""
        probabilities = self.probabilities(texts)
        best = probabilities.argmax(axis=1)
        answers = {"label": [self.labels[i] for i in best], "confidence": probabilities.max(axis=1, initial=0.0)}
        return pd.DataFrame(answers | {name: probabilities[:, i] for i, name in enumerate(self.labels)})
