"""Predictions with known mistakes, and rows of a corpus to hang them on."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from storyflower.data.labels import FINE, MAJORS
from storyflower.evaluation.assessment import Answers, Assessment, assess
from storyflower.evaluation.behaviour import behaviour_rates
from storyflower.evaluation.metrics import Evaluation, evaluate_predictions

Labelled = tuple[np.ndarray, np.ndarray]


def mostly_right(n: int, classes: int, seed: int = 0) -> Labelled:
    """Labels (n,) and probabilities (n, classes) that name the right class more often than not."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    probabilities = random.dirichlet([0.3] * classes, n)
    probabilities[np.arange(n), labels] += 0.4
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)


@pytest.fixture
def assessing() -> Callable[..., Assessment]:
    """Makes assessments: see `assessed`."""
    return assessed


@pytest.fixture
def majors() -> Evaluation:
    return evaluate_predictions(*mostly_right(400, 6), MAJORS)


@pytest.fixture
def fine() -> Evaluation:
    return evaluate_predictions(*mostly_right(1200, 60), FINE)


def assessed(names: tuple[str, ...], *, ahead: float = 0.3, n: int = 400) -> Assessment:
    """A model against a baseline; of `ahead` of the examples the model (or, below 0, the baseline) is made right."""
    labels, probabilities = mostly_right(n, len(names))
    _, others = mostly_right(n, len(names))
    better = np.arange(n) < abs(ahead) * n
    (probabilities if ahead > 0 else others)[better] = np.eye(len(names))[labels[better]] * 0.9 + 0.1 / len(names)
    speakers = {"age": ["청년", "노년"] * (n // 2), "situation": ["건강"] * (n - 9) + ["연애"] * 9}
    answers = Answers(
        logits=np.log(probabilities).astype(np.float32),
        temperature=1.25,
        lengths=np.arange(n) % 64 + 1,
        truncated=np.arange(n) % 64 == 63,
        behaviour=behaviour_rates(lambda texts: [names[len(text) % len(names)] for text in texts]),
    )
    return assess(pd.DataFrame({"label": labels} | speakers), names, answers, others)


@pytest.fixture
def examples() -> pd.DataFrame:
    """Five validation rows of a corpus, out of the middle of its frame."""
    return pd.DataFrame(
        {
            "text": ["고마워", "속상해", "화가 나", "기뻐", "짜증 나"],
            "label": np.array([0, 1, 2, 0, 2]),
            "split": "validation",
            "workbook_sha256": "ab" * 32,
            "sheet": "Sheet1",
            "excel_row": [2, 3, 5, 8, 13],
        },
        index=range(90, 95),
    )


@pytest.fixture
def probabilities() -> np.ndarray:
    """For `examples`: right, wrong (기쁨), wrong (슬픔), right, wrong (슬픔, surer)."""
    return np.array([[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.7, 0.2]])
