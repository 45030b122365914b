"""Champion and challenger on the same sentences, without those that the champion was trained on."""

import shutil
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
from storyflower.model.directory import SERVING_FILE, read_format
from storyflower.pipeline.facts import CorpusCounts, CorpusFacts
from storyflower.pipeline.manifests import CorpusRef
from storyflower.promotion.comparison import ValidationSet, compare_with_champion
from storyflower.promotion.decisions import tag_version
from storyflower.promotion.gate import ChampionComparison
from storyflower.registry.versions import ask, register_version
from storyflower.settings import DEFAULT_MODEL
from storyflower.storage.stages import StageStore
from storyflower.tracking.runs import TrackedRun
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
            labels=MAJORS,
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


def test_a_corpus_that_differs_in_validation_alone_says_what_the_champion_was_trained_on(
    versions: list[ModelVersion], validation: ValidationSet
) -> None:
    """As on a machine that was given the trained model by a shared store."""
    kept = keep_corpus(validation.texts[:10], [])
    tags = {"corpus_digest": "with other validation rows", "learned_digest": kept.learned_digest}
    tag_version(current_home(), versions[0], tags)
    champion = client(current_home()).get_model_version(DEFAULT_MODEL, versions[0].version)
    assert measured(champion, versions, validation).left_out == 10


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


@pytest.mark.parametrize(
    ("theirs", "ours", "compared"),
    [
        (("사람문장1", "사람문장2"), ("사람문장1",), False),  # the champion would be asked half of what it reads
        (("사람문장1",), ("사람문장1", "사람문장2"), False),
        (("사람문장1", "사람문장2"), ("사람문장2", "사람문장1"), False),
        (("사람문장1", "사람문장2"), ("사람문장1", "사람문장2"), True),
        (("문장",), ("text",), True),  # the same whole texts in a workbook that names them otherwise
        ((), ("사람문장1",), True),  # registered before columns were recorded
    ],
)
def test_a_champion_of_other_text_columns_is_not_asked_the_texts_of_the_challenger(
    two_models: tuple[Path, Path],
    run: TrackedRun,
    validation: ValidationSet,
    tmp_path: Path,
    theirs: tuple[str, ...],
    ours: tuple[str, ...],
    compared: bool,
) -> None:
    champion, challenger = (
        register_version(run, reading(columns, directory, tmp_path / str(number)), MAJORS, {})
        for number, (directory, columns) in enumerate(zip(two_models, (theirs, ours), strict=True))
    )
    predicted = [MAJORS[label] for label in validation.labels]
    found = compare_with_champion(current_home(), champion, validation, challenger, predicted)
    assert found.same_labels
    assert found.same_columns == compared
    assert (found.comparison is not None) == compared


def reading(columns: tuple[str, ...], directory: Path, copy: Path) -> Path:
    """A copy of a model directory whose texts are made of these columns."""
    shutil.copytree(directory, copy)
    (copy / SERVING_FILE).write_text(replace(read_format(copy), text_columns=columns).to_json(), "utf-8")
    return copy
