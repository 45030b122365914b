"""Distillation from the baseline: a stage of its own that the training learns from, and nothing where it is off."""

from pathlib import Path

import numpy as np
import pytest
import torch

from storyflower.evaluation.baseline import groups_of, out_of_fold
from storyflower.model.devices import Hardware
from storyflower.pipeline import distillation
from storyflower.pipeline.baseline import version_of
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.distillation import depends_on, targets_of
from storyflower.pipeline.encoder import prepare_encoder
from storyflower.pipeline.finetune import finetune_encoder
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.tokenize import tokenize_corpus
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from tests.unit.pipeline.conftest import RECIPE


def entries(home: Home) -> list[Path]:
    return StageStore(home).entries("distillation")


def test_the_targets_are_the_labels_and_the_baselines_probabilities(home: Home, corpus: CorpusRef) -> None:
    train = read_corpus(corpus).split("train")
    labels = train["label"].to_numpy()
    found = targets_of(home, corpus, 0.25)
    assert found is not None
    teacher = out_of_fold(train["text"].tolist(), labels, 6)
    np.testing.assert_allclose(found, 0.75 * np.eye(6)[labels] + 0.25 * teacher, atol=1e-6)


def test_the_probabilities_are_computed_once_for_all_weights(
    home: Home, corpus: CorpusRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets_of(home, corpus, 0.25)
    monkeypatch.setattr(distillation, "out_of_fold", None)
    assert targets_of(home, corpus, 0.75) is not None
    assert len(entries(home)) == 1


def test_labels_in_groups_are_taught_as_the_baseline_fits_them(home: Home, corpus: CorpusRef, tmp_path: Path) -> None:
    """And kept apart from what was computed without groups; labels without groups keep their key."""
    assert depends_on(corpus) == {"version": 1, "corpus": corpus.learned_digest}
    names = ("기쁨/가", "기쁨/나", "슬픔/가", "슬픔/나", "분노/가", "분노/나")
    facts = corpus.facts.model_copy(update={"labels": names})
    grouped = corpus.model_copy(update={"facts": facts})
    assert depends_on(grouped) != depends_on(corpus)
    train = read_corpus(corpus).split("train")
    texts, labels = train["text"].tolist(), train["label"].to_numpy()
    found = targets_of(Home(tmp_path), grouped, 1.0)
    np.testing.assert_allclose(found, out_of_fold(texts, labels, 6, groups_of(names)), atol=1e-6)
    assert not np.allclose(found, out_of_fold(texts, labels, 6), atol=1e-3)


def test_many_labels_have_keys_of_their_own(corpus: CorpusRef) -> None:
    """The baseline fits them otherwise than early versions did, in its own stage, in folds and as the teacher."""
    for changed in (tuple(map(str, range(13))), (*(f"{number}/a" for number in range(13)), "0/b")):
        many = corpus.model_copy(update={"facts": corpus.facts.model_copy(update={"labels": changed})})
        few = corpus.model_copy(update={"facts": corpus.facts.model_copy(update={"labels": changed[1:-1]})})
        assert depends_on(many)["version"] == 3
        assert version_of(many) == 4
        assert depends_on(few)["version"] == depends_on(corpus)["version"] == 1
        assert version_of(few) == version_of(corpus) == 2


def test_a_training_learns_from_it_only_if_the_recipe_distils(home: Home, corpus: CorpusRef, tmp_path: Path) -> None:
    apart, cpu = Home(tmp_path), Hardware("cpu")
    torch.set_num_threads(1)
    encoder = prepare_encoder(apart, corpus, RECIPE).value
    tokens = tokenize_corpus(apart, corpus, encoder, RECIPE).value
    plain = finetune_encoder(apart, corpus, tokens, encoder, RECIPE, hardware=cpu).value
    assert entries(apart) == []
    assert "distillation" not in plain.path("model/recipe.json").read_text("utf-8")
    distilled = RECIPE.with_changes({"distillation": 0.5})
    taught = finetune_encoder(apart, corpus, tokens, encoder, distilled, hardware=cpu)
    assert not taught.cached
    assert len(entries(apart)) == 1
    assert taught.value.digest != plain.digest
    assert finetune_encoder(apart, corpus, tokens, encoder, distilled, hardware=cpu).cached
