"""Stage `baseline`: its answers to the validation examples; and what the other stages that fit a baseline share."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from storyflower.data.corpus import Corpus
from storyflower.evaluation.baseline import fit_baseline, groups_of, has_many, sampling
from storyflower.evaluation.regressions import Groups
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.model_facts import BaselineFacts
from storyflower.storage.entries import StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore

VERSION = 2  # raise when the same corpus would give another baseline
GROUPED_VERSION = 3  # likewise, where the labels have groups: `groups_of`
MANY_VERSION = 4  # likewise, where they are many: `has_many`

_PROBABILITIES_FILE = "probabilities.npy"


class TrainingTexts(NamedTuple):
    """The arguments of `fit_baseline` and `out_of_fold` for a corpus."""

    texts: "pd.Series[str]"
    labels: NDArray[np.int64]
    n_classes: int
    groups: Groups | None

    @classmethod
    def of(cls, ref: CorpusRef, part: Corpus) -> "TrainingTexts":
        """Those of the train split of a corpus, or of a part of it. Early homes do not note labels: no groups then."""
        train = part.split("train")
        labels = train["label"].to_numpy(dtype=np.int64)
        return cls(train["text"], labels, len(part.label_map), groups_of(ref.facts.labels))


def version_of(corpus: CorpusRef) -> int:
    """The version of the baseline of a corpus."""
    if has_many(corpus.facts.labels):
        return MANY_VERSION
    return VERSION if groups_of(corpus.facts.labels) is None else GROUPED_VERSION


def fitted_from(corpus: CorpusRef) -> dict[str, Any]:
    """What the key of a stage that fits a baseline has of the corpus."""
    return {"corpus": corpus.learned_digest, **sampling(corpus.facts.counts.train)}


def depends_on(corpus: CorpusRef) -> dict[str, Any]:
    """The stage's key: the corpus alone."""
    return {"version": version_of(corpus), "corpus": corpus.digest, **sampling(corpus.facts.counts.train)}


def baseline_answers(home: Home, corpus: CorpusRef) -> NDArray[np.float64]:
    """Its probabilities on the n validation examples, float64 (n, n_classes)."""

    def build(folder: Path) -> BaselineFacts:
        loaded = read_corpus(corpus)
        probabilities = fit_baseline(*TrainingTexts.of(corpus, loaded)).predict_proba(
            loaded.split("validation")["text"]
        )
        np.save(folder / _PROBABILITIES_FILE, probabilities, allow_pickle=False)
        return BaselineFacts(examples=len(probabilities))

    entry = StageStore(home).get_or_build(StageRef[BaselineFacts], "baseline", depends_on(corpus), build).value
    found: NDArray[np.float64] = np.load(entry.path(_PROBABILITIES_FILE), allow_pickle=False)
    return found
