"""Answers of the REST API, made of probabilities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storyflower.model.decision import confidence_of, is_unsure
from storyflower.registry.opened import OpenVersion
from storyflower.serving.predictor import UNSURE


@dataclass(frozen=True, eq=False)
class Answered:
    """The texts of one request, all answered by one version."""

    version: OpenVersion
    probabilities: NDArray[np.float64]
    """(texts, labels), rows summing to 1."""
    truncated: NDArray[np.bool_]
    """(texts,) whether the model read only the text's beginning."""

    @property
    def decided(self) -> NDArray[np.int64]:
        """The ids (texts,) of the labels that are answered, before any threshold."""
        return self.version.predictor.decide(self.probabilities)


def together(parts: Sequence[Answered]) -> Answered:
    """The answers of all parts, of which there is at least one, all by the same version."""
    if len(parts) == 1:
        return parts[0]
    return Answered(
        parts[0].version,
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.truncated for part in parts]),
    )


@dataclass(frozen=True)
class Answer:
    """The answer to one text, as `Predictor.predict` gives it."""

    label: str
    confidence: float
    best_guess: str | None
    """The label that would be answered without the threshold; None where there is none."""
    probabilities: dict[str, float]
    truncated: bool


def answers_of(answered: Answered, threshold: float | None) -> Iterator[Answer]:
    """One answer a text; below the `threshold` (0 to 1) the label is `불확실`."""
    labels: Sequence[str] = answered.version.predictor.labels
    decided = answered.decided
    confidence = confidence_of(answered.probabilities, decided)
    columns = (confidence, is_unsure(confidence, threshold), answered.probabilities, answered.truncated)
    best = [labels[number] for number in decided]
    for label, sure, unsure, row, truncated in zip(best, *(column.tolist() for column in columns), strict=True):
        guess = None if threshold is None else label
        yield Answer(UNSURE if unsure else label, sure, guess, dict(zip(labels, row, strict=True)), truncated)
