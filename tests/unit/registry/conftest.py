"""Candidates and comparisons made of answers, and two registered models that answer differently."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mlflow.entities.model_registry import ModelVersion

from storyflower.data.labels import MAJORS
from storyflower.evaluation.compare import Comparison, compare_predictions
from storyflower.registry.gate import Candidate
from storyflower.registry.rivals import ValidationSet
from storyflower.registry.tracking import TrackedRun, tracked_run
from storyflower.registry.versions import ask, register_version
from storyflower.text.health import TokenizerHealth

HEALTHY = TokenizerHealth(
    n_texts=100,
    n_content_tokens=900,
    unk_share=0.001,
    all_unk_share=0.0,
    truncated_share=0.01,
    mean_length=11.0,
    max_length=64,
    golden_ids_match=True,
)


def answers(share_right: float, *, n: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True ids, and answers of which this share is right."""
    random = np.random.default_rng(seed)
    labels = np.random.default_rng(1).integers(0, len(MAJORS), n)
    wrong = (labels + random.integers(1, len(MAJORS), n)) % len(MAJORS)
    return labels, np.where(random.permutation(n) < share_right * n, labels, wrong)


def against(share_right: float, reference_right: float, *, n: int = 600) -> Comparison:
    """A model that has one share right against a reference that has the other."""
    labels, ours = answers(share_right, n=n, seed=2)
    _, theirs = answers(reference_right, n=n, seed=3)
    return compare_predictions(labels, ours, theirs, MAJORS)


@pytest.fixture
def comparing() -> Callable[..., Comparison]:
    return against


@pytest.fixture
def candidate() -> Callable[..., Candidate]:
    """A challenger that passes every absolute check, with changes."""

    def made(**changes: object) -> Candidate:
        fields: dict[str, object] = {
            "version": "2",
            "macro_f1": 0.8,
            "health": HEALTHY,
            "against_baseline": against(0.8, 0.6),
            "ece": 0.03,
            "latency_ms": 20.0,
            "size_mb": 352.1,
            "answered": 2,
            "asked": 2,
        }
        return Candidate(**fields | changes)  # type: ignore[arg-type]

    return made


@pytest.fixture
def run() -> TrackedRun:
    """A run that has ended: its artifacts and tags can still be written."""
    with tracked_run("test", {}) as run:
        pass
    return run


@pytest.fixture
def versions(two_models: tuple[Path, Path], run: TrackedRun) -> list[ModelVersion]:
    """Two registered versions that answer differently."""
    return [
        register_version(run, directory, MAJORS, {"model_digest": str(number)})
        for number, directory in enumerate(two_models)
    ]


@pytest.fixture
def validation(versions: list[ModelVersion]) -> ValidationSet:
    """Sentences whose truth is what the second version says: it is perfect, and the first is not."""
    spoken = ["오늘 정말 기뻤어", "내일 면접이라 불안해", "친구가 떠나서 슬퍼", "약속을 어겨서 화가 나"]
    texts = [f"{text} {number}" for text in spoken for number in range(15)]
    right, other = (ask(version.version, texts)["label"].tolist() for version in versions[::-1])
    assert right != other
    return ValidationSet("data-1", texts, np.array([MAJORS.index(label) for label in right]), MAJORS)
