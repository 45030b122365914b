"""Stage `distillation`: what the baseline predicts for each training text when it is fitted without it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storyflower.evaluation.baseline import groups_of, has_many, out_of_fold
from storyflower.pipeline.baseline import TrainingTexts, fitted_from
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.model_facts import DistillationFacts
from storyflower.storage.entries import StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.training.objective import softened

VERSION = 1  # raise when the same corpus would give other probabilities
GROUPED_VERSION = 2  # likewise, where the baseline fits the labels in groups
MANY_VERSION = 3  # likewise, where it has a regression for each of many labels

_PROBABILITIES_FILE = "probabilities.npy"


def targets_of(home: Home, corpus: CorpusRef, weight: float) -> NDArray[np.float32] | None:
    """The targets (n, classes) of the train split in the order of the corpus; None where `weight` is 0.

    The probabilities are those of a baseline without class weights: a teacher that prefers rare labels would teach the
    model confidences that do not fit the texts it will see.
    """
    if not weight:
        return None
    probabilities = np.load(_probabilities(home, corpus).path(_PROBABILITIES_FILE), allow_pickle=False)
    labels = read_corpus(corpus).split("train")["label"].to_numpy(dtype=np.int64)
    return softened(labels, probabilities, weight)


def depends_on(corpus: CorpusRef) -> dict[str, Any]:
    """The stage's key: the corpus alone."""
    labels = corpus.facts.labels
    version = MANY_VERSION if has_many(labels) else VERSION if groups_of(labels) is None else GROUPED_VERSION
    return {"version": version, **fitted_from(corpus)}


def _probabilities(home: Home, corpus: CorpusRef) -> StageRef[DistillationFacts]:
    def build(folder: Path) -> DistillationFacts:
        found = out_of_fold(*TrainingTexts.of(corpus, read_corpus(corpus)))
        np.save(folder / _PROBABILITIES_FILE, found, allow_pickle=False)
        return DistillationFacts(examples=len(found))

    store = StageStore(home)
    return store.get_or_build(StageRef[DistillationFacts], "distillation", depends_on(corpus), build).value
