"""Predicts emotions and their probabilities from texts, for the registered model, the commands and the servers."""

from collections.abc import Sequence
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from storyflower.cleaning import clean
from storyflower.errors import InputError
from storyflower.messages import problem
from storyflower.model.decision import confidence_of, decide, is_unsure
from storyflower.model.device_choice import Device, device_in_force
from storyflower.model.directory import ModelFormat, load_model
from storyflower.model.session import Session, WantedPrecision, require_finite
from storyflower.serving.inputs import Given, texts_of
from storyflower.serving.sharing import shared_model
from storyflower.text.tokenizer import Tokenizer
from storyflower.text.tokens import TokenSequences

UNSURE = "불확실"
"""The predicted label if the confidence is below the threshold."""
BEST_GUESS = "best_guess"
"""The column of the label that would be answered without the threshold, next to `label`, if there is one."""


def load_predictor(directory: Path, device: Device = "auto", precision: WantedPrecision = "fp32") -> "Predictor":
    """Load the predictor of a model directory; by default on the GPU if there is one.

    An exported directory is computed by ONNX Runtime on the CPU, in fp32; PyTorch is not imported.

    Raises:
        EncoderError: the directory was written by a newer StoryFlower, or is not one that fine-tuning left behind.
        StoryFlowerError: see `load_model`.
    """
    model = shared_model(directory, device, precision)
    return Predictor(model.tokenizer, model.session, model.format)


def label_columns(answers: pd.DataFrame) -> list[str]:
    """The columns of `Predictor.predict` with the labels' probabilities, in the order of the label map."""
    return [name for name in answers.columns if name not in ("label", "confidence", BEST_GUESS)]


class Predictor:
    """Predicts labels with a tokenizer, a session that computes logits from token ids, and a format."""

    @overload
    def __init__(self, tokenizer: Tokenizer, session: Session, format: ModelFormat) -> None: ...
    @overload
    def __init__(self, tokenizer: Path) -> None: ...

    def __init__(
        self, tokenizer: Tokenizer | Path, session: Session | None = None, format: ModelFormat | None = None
    ) -> None:
        """Combine the parts; `load_predictor` loads them from a model directory.

        Versions registered before `load_predictor` existed bring code of their own that gives the directory alone; in
        a process that has imported StoryFlower it meets this class.
        """
        if isinstance(tokenizer, Path):
            loaded = load_model(tokenizer, device_in_force())
            tokenizer, session, format = loaded.tokenizer, loaded.session, loaded.format
        if session is None or format is None:
            raise TypeError("a predictor needs a tokenizer, a session and a format")
        self._tokenizer = tokenizer
        self._session = session
        self.max_len = format.max_len
        self.labels = format.labels
        self.temperature = format.temperature
        self.text_columns = format.text_columns
        self.label_weights = format.label_weights

    def tokenize(self, texts: Sequence[str]) -> TokenSequences:
        """The tokens of each text, cleaned and cut to the number that the model receives."""
        return self._tokenizer.encode_batch([clean(text) for text in texts], self.max_len)

    def logits(self, tokens: TokenSequences) -> npt.NDArray[np.float32]:
        """Logits of every text, shape (texts, labels), before the temperature.

        Raises:
            AnswerError: some are NaN or infinite.
        """
        return require_finite(self._session.logits(tokens))

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Calibrated probability of every label for every text, shape (texts, labels), rows summing to 1."""
        return self.probabilities_of(self.tokenize(texts))

    def probabilities_of(self, tokens: TokenSequences) -> npt.NDArray[np.float64]:
        """The same of texts that are tokenized already.

        Raises:
            AnswerError: some are NaN or infinite.
        """
        scaled = self.logits(tokens).astype(np.float64) / self.temperature
        exponentials: npt.NDArray[np.float64] = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
        sums: npt.NDArray[np.float64] = exponentials.sum(axis=1, keepdims=True)
        return exponentials / sums

    def decide(self, probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Ids (texts,) of the labels that are answered, given the probabilities (texts, labels).

        They are those of the highest probability, unless the model prefers labels (`ModelFormat.label_weights`).
        """
        return decide(probabilities, self.label_weights)

    def predict(self, given: Given, threshold: float | None = None) -> pd.DataFrame:
        """One row per text: `label`, `confidence` (0 to 1), and a column of probabilities for every label.

        The confidence is the probability of the label. The rows have the index of a frame or series, so that they join
        its rows (`df.join`); of other forms they are numbered from 0.

        Args:
            given: n texts: a list of them, or a frame of their utterances; every form is listed at `texts_of`.
            threshold: where given, answers below this confidence (0 to 1) have the label `불확실`, and a column
                `best_guess`, after `confidence`, has the label of every text all the same.

        Raises:
            InputError: a value is no text or blank, the form is another one, or the threshold is no confidence.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise problem(InputError, "bad_threshold", "threshold", threshold=threshold)
        probabilities = self.probabilities(texts_of(given, self.text_columns))
        decided = self.decide(probabilities)
        best, confidence = [self.labels[i] for i in decided], confidence_of(probabilities, decided)
        index = given.index if isinstance(given, pd.DataFrame | pd.Series) else None
        answers = pd.DataFrame({"label": best, "confidence": confidence}, index=index)
        if threshold is not None:
            answers[BEST_GUESS] = answers["label"]
            answers["label"] = answers["label"].mask(is_unsure(confidence, threshold), UNSURE)
        of_labels = pd.DataFrame(probabilities, answers.index, list(self.labels))
        return pd.concat([answers, of_labels], axis="columns")
