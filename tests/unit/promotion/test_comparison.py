"""Champion and challenger on the same sentences, without those that the champion was trained on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.entities.model_registry import ModelVersion

from storyflower.data.corpus import Corpus
from storyflower.data.corpus_files import save_corpus
from storyflower.data.labels import MAJORS, LabelMap
from storyflower.evaluation.compare import compare_predictions
from storyflower.pipeline.facts import CorpusCounts, CorpusFacts
from storyflower.pipeline.manifests import CorpusRef
from storyflower.promotion.comparison import ValidationSet, compare_with_champion
from storyflower.promotion.decisions import tag_version
from storyflower.promotion.gate import ChampionComparison
from storyflower.registry.versions import ask
from storyflower.settings import DEFAULT_MODEL
from storyflower.storage.stages import StageStore
from storyflower.tracking.store import client
from tests.homes import current_home


@pytest.fixture
def champion(versions: list[ModelVersion]) -> ModelVersion:
    tag_version(current_home(), versions[0], {"corpus_digest": "trained-on"})
    return client(current_home()).get_model_version(DEFAULT_MODEL, versions[0].version)


def keep_corpus(train: list[str], dev: list[str]) -> CorpusRef:
    """The champion's corpus, as the stage `normalize` leaves it, with a validation split of its own."""
    texts = [*train, *dev, "아무도 안 배운 문장"]
    splits = ["train"] * len(train) + ["dev"] * len(dev) + ["validation"]
    frame = pd.DataFrame({"text": texts, "label": np.zeros(len(texts), np.int64), "split": splits})

    def build(folder: Path) -> CorpusFacts:
        save_corpus(Corpus(frame, {}, LabelMap(MAJORS), pd.DataFrame({"reason": []}), ()), folder)
        return CorpusFacts(
            counts=CorpusCounts(train=1, dev=1, validation=1, training_rows=2, validation_rows=1),
            label_columns=("감정",),
            training_digest="t",
            validation_digest="v",
            content_digest="trained-on",
        )

    return StageStore(current_home()).get_or_build(CorpusRef, "normalize", {"of": texts}, build).value


def measured(champion: ModelVersion, versions: list[ModelVersion], validation: ValidationSet) -> ChampionComparison:
    predicted = ask(current_home(), versions[1].version, validation.texts)["label"].tolist()
    return compare_with_champion(current_home(), champion, validation, versions[1], predicted)


def test_what_the_champion_was_trained_on_does_not_count(
    champion: ModelVersion, versions: list[ModelVersion], validation: ValidationSet
) -> None:
    respelled = [f"“{text}” …" for text in validation.texts[:7]]
    keep_corpus(["다른 문장", *respelled], validation.texts[7:10])
    compared = measured(champion, versions, validation)
    assert compared.left_out == 10
    answers = ask(current_home(), champion.version, validation.texts[10:])["label"].tolist()
    theirs = np.array([MAJORS.index(label) for label in answers])
    new = validation.labels[10:]
    assert compared.comparison == compare_predictions(new, new, theirs, MAJORS)
    assert compared.challenger_macro_f1 == 1.0
    assert compared == measured(champion, versions, validation)


def test_a_champion_trained_on_all_of_it_cannot_be_compared(
    champion: ModelVersion, versions: list[ModelVersion], validation: ValidationSet
) -> None:
    keep_corpus(validation.texts, [])
    compared = measured(champion, versions, validation)
    assert compared == ChampionComparison(str(champion.version), left_out=len(validation.texts))


def test_without_the_corpus_all_sentences_count_and_the_check_reports_it(
    champion: ModelVersion, versions: list[ModelVersion], validation: ValidationSet
) -> None:
    kept = keep_corpus(validation.texts, [])
    kept.path("examples.parquet").unlink()
    compared = measured(champion, versions, validation)
    assert compared.left_out is None
    assert compared.comparison is not None
    assert compared.comparison.n == len(validation.texts)


def test_other_labels_are_reported_first(
    champion: ModelVersion, versions: list[ModelVersion], validation: ValidationSet
) -> None:
    other = replace(validation, digest="data-2", labels=validation.labels % 3, names=("가", "나", "다"))
    compared = compare_with_champion(current_home(), champion, other, versions[1], ["가"] * len(other.texts))
    assert compared == ChampionComparison(str(champion.version), same_labels=False)
