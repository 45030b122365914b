"""Sentences in, emotions with their probabilities out: shared by the registered model, commands and servers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from storyflower.data.cleaning import clean
from storyflower.errors import InputError
from storyflower.messages import problem
from storyflower.model.classifier import load_classifier
from storyflower.model.devices import find_hardware
from storyflower.model.inference import predict_logits, require_finite
from storyflower.serving.inputs import Given, texts_of
from storyflower.text.tokenizer import KoBertTokenizer
from storyflower.text.tokens import TokenSequences

SERVING_FILE = "storyflower.json"
"""What a model directory holds beside Transformers' files: `ServingFacts` as JSON."""
UNSURE = "불확실"
"""The label answered where the confidence stays below the threshold."""
BEST_GUESS = "best_guess"
"""The column of the most probable label, beside `label`, where a threshold is in force."""


@dataclass(frozen=True)
class ServingFacts:
    """How a model directory is asked."""

    max_len: int
    """Tokens at which a text is cut, `[CLS]` and `[SEP]` included."""
    labels: tuple[str, ...]
    temperature: float = 1.0
    """Divides the logits; fitted on the development split."""
    text_columns: tuple[str, ...] = ()
    """The columns whose utterances make a text, in order; none in directories of before they were noted."""

    def to_json(self) -> str:
        """The content of `SERVING_FILE`."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def serving_facts(directory: Path) -> ServingFacts:
    """Those of a model directory."""
    facts = json.loads((directory / SERVING_FILE).read_text("utf-8"))
    facts |= {name: tuple(facts.get(name, ())) for name in ("labels", "text_columns")}
    return ServingFacts(**facts)


def label_columns(answers: pd.DataFrame) -> list[str]:
    """The columns of `Predictor.predict` that hold a label's probability, in the label map's order."""
    return [name for name in answers.columns if name not in ("label", "confidence", BEST_GUESS)]


class Predictor:
    """A model directory, loaded and ready, on the GPU if there is one unless the CPU is asked for.

    Raises:
        EncoderError: the directory is not one that StoryFlower's fine-tuning left behind.
    """

    def __init__(self, directory: Path, device: Literal["auto", "cpu", "cuda"] = "auto") -> None:
        facts = serving_facts(directory)
        self.max_len = facts.max_len
        self.labels = facts.labels
        self.temperature = facts.temperature
        self.text_columns = facts.text_columns
        self._tokenizer = KoBertTokenizer(directory / "spiece.model")
        self._hardware = find_hardware(device)
        self._model = load_classifier(directory)
        self._model.to(torch.device(self._hardware.device))  # type: ignore[arg-type]  # wrapped by Transformers

    def tokenize(self, texts: Sequence[str]) -> TokenSequences:
        """The tokens that the model sees of each text."""
        return self._tokenizer.encode_batch([clean(text) for text in texts], self.max_len)

    def logits(self, tokens: TokenSequences) -> npt.NDArray[np.float32]:
        """Logits of every text, shape (texts, labels), before the temperature.

        Computed in fp32, so that an answer does not depend on how texts are batched.

        Raises:
            AnswerError: some are NaN or infinite.
        """
        return require_finite(predict_logits(self._model, tokens, device=self._hardware.device, precision="fp32"))

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Calibrated probability of every label for every text, shape (texts, labels), rows summing to 1."""
        logits = torch.from_numpy(self.logits(self.tokenize(texts))).double()
        return (logits / self.temperature).softmax(dim=1).numpy()

    def predict(self, given: Given, threshold: float | None = None) -> pd.DataFrame:
        """One row a text: `label`, `confidence` (0 to 1), and a column of probabilities for every label.

        Args:
            given: n texts: a list of them, or a frame of their utterances; every form is listed at `texts_of`.
            threshold: where given, answers below this confidence (0 to 1) have the label `불확실`, and a column
                `best_guess`, after `confidence`, has the most probable label of every text.

        Raises:
            InputError: a value is no text or blank, the form is another one, or the threshold is no confidence.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise problem(InputError, "bad_threshold", "threshold", threshold=threshold)
        probabilities = self.probabilities(texts_of(given, self.text_columns))
        best = [self.labels[i] for i in probabilities.argmax(axis=1)]
        answers = pd.DataFrame({"label": best, "confidence": probabilities.max(axis=1, initial=0.0)})
        if threshold is not None:
            answers[BEST_GUESS] = answers["label"]
            answers["label"] = answers["label"].mask(answers["confidence"] < threshold, UNSURE)
        return answers.assign(**{name: probabilities[:, i] for i, name in enumerate(self.labels)})
