"""The stage `adapt`: on the training texts alone, kept by content, and nothing at all where it is switched off."""

from pathlib import Path

import numpy as np
import pytest
import torch

from storyflower.model.devices import Hardware
from storyflower.model.weights import read_weights
from storyflower.pipeline.adapt import adapt_encoder, adapt_recipe, depends_on, train_texts
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.encoder import prepare_encoder
from storyflower.pipeline.finetune import finetune_encoder
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, TokensRef
from storyflower.pipeline.model_facts import ADAPT_STAGE
from storyflower.pipeline.tokenize import tokenize_corpus
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.text.tokens import TokenSequences, load_tokens
from storyflower.training.progress import Adaptation
from tests.unit.pipeline.conftest import RECIPE

CPU = Hardware("cpu")
ADAPTED = RECIPE.with_changes({"adapt_epochs": 2, "epochs": 1})


@pytest.fixture(scope="module")
def encoder(home: Home, corpus: CorpusRef) -> EncoderRef:
    torch.set_num_threads(1)
    return prepare_encoder(home, corpus, RECIPE).value


@pytest.fixture(scope="module")
def tokens(home: Home, corpus: CorpusRef, encoder: EncoderRef) -> TokensRef:
    return tokenize_corpus(home, corpus, encoder, RECIPE).value


def key_of(corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef, recipe: TrainingRecipe) -> dict:
    return depends_on(train_texts(read_corpus(corpus), load_tokens(tokens.directory)), encoder, recipe)


def test_a_training_starts_from_the_adapted_encoder(
    home: Home, corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef
) -> None:
    outcome = adapt_encoder(home, corpus, tokens, encoder, ADAPTED, hardware=CPU)
    adapted, facts = outcome.value.encoder(encoder), outcome.value.facts
    assert not outcome.cached
    assert (adapted.name, adapted.revision) == (encoder.name, encoder.revision)
    assert adapted.digest != encoder.digest
    assert facts.texts == corpus.facts.counts.train
    assert facts.last.epoch == 2
    assert facts.last.loss < facts.first.loss
    before, after = read_weights(encoder.directory), read_weights(adapted.directory)
    assert before.keys() == after.keys()
    same = {name for name in before if torch.equal(before[name], after[name])}
    # A masked language model has no pooler: it is trained with the head of the classifier.
    assert same == {"pooler.dense.weight", "pooler.dense.bias"}

    assert adapt_encoder(home, corpus, tokens, encoder, ADAPTED, hardware=CPU).cached
    assert not list(home.checkpoints.glob("*"))
    plain = finetune_encoder(home, corpus, tokens, encoder, RECIPE.with_changes({"epochs": 1}), hardware=CPU).value
    model = finetune_encoder(home, corpus, tokens, adapted, ADAPTED, hardware=CPU).value
    assert model.digest != plain.digest
    assert model.facts.adapted == Adaptation(facts.texts, unlabelled=0, epochs=2)
    assert plain.facts.adapted is None
    assert '"adapt_epochs": 2' in model.path("model/recipe.json").read_text("utf-8")
    assert "adapt" not in plain.path("model/recipe.json").read_text("utf-8")


def test_it_is_the_same_wherever_it_is_done(
    home: Home, corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef, tmp_path: Path
) -> None:
    made = [
        adapt_encoder(at, corpus, tokens, encoder, ADAPTED, hardware=CPU).value.encoder(encoder).digest
        for at in (home, Home(tmp_path))
    ]
    assert made[0] == made[1]
    assert len(StageStore(Home(tmp_path)).entries(ADAPT_STAGE)) == 1


def test_the_texts_are_those_of_the_training_split_alone(corpus: CorpusRef, tokens: TokensRef) -> None:
    loaded, sequences = read_corpus(corpus), load_tokens(tokens.directory)
    found = train_texts(loaded, sequences)
    rows = np.flatnonzero((loaded.frame["split"] == "train").to_numpy())
    assert {"train", "dev", "validation"} == set(loaded.frame["split"])
    assert [found.sequence(i).tolist() for i in range(len(found))] == [sequences.sequence(i).tolist() for i in rows]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"adapt_epochs": 3}, False),
        ({"adapt_learning_rate": 1e-3}, False),
        ({"adapt_masked_share": 0.3}, False),
        ({"seed": 7, "batch_size": 8, "weight_decay": 0.2}, True),
        ({"epochs": 9, "learning_rate": 1e-5, "dropout": 0.3, "class_weights": True}, True),
        ({"distillation": 0.5, "decision": "macro_f1", "early_stopping_patience": 2}, True),
        ({"max_ece": 0.9, "log_every": 3}, True),
    ],
)
def test_what_decides_it_is_in_its_key(
    corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef, change: dict, same: bool
) -> None:
    key = key_of(corpus, tokens, encoder, ADAPTED)
    assert (key_of(corpus, tokens, encoder, ADAPTED.with_changes(change)) == key) is same


def test_other_texts_or_another_encoder_give_another_key(encoder: EncoderRef, tokens: TokensRef) -> None:
    texts = load_tokens(tokens.directory)
    some, others = texts.take(np.arange(20)), texts.take(np.arange(1, 21))
    other = encoder.model_copy(update={"digest": "other"})
    keys = [depends_on(some, encoder, ADAPTED), depends_on(others, encoder, ADAPTED), depends_on(some, other, ADAPTED)]
    assert keys[0] != keys[1]
    assert keys[0] != keys[2]
    assert keys[0] == depends_on(TokenSequences(some.ids, some.offsets, ~some.truncated), encoder, ADAPTED)


def test_further_texts_are_learnt_too(home: Home, corpus: CorpusRef, tokens: TokensRef, encoder: EncoderRef) -> None:
    further = ["말뭉치에 없는 새로운 문장이야", "이것도 처음 보는 문장이지"]
    found = adapt_encoder(home, corpus, tokens, encoder, ADAPTED, hardware=CPU, further=further)
    plain = adapt_encoder(home, corpus, tokens, encoder, ADAPTED, hardware=CPU)
    assert (found.cached, plain.cached) == (False, True)
    assert (found.value.facts.texts, found.value.facts.unlabelled) == (plain.value.facts.texts + 2, 2)
    assert found.value.encoder(encoder).digest != plain.value.encoder(encoder).digest
    assert "2" in found.summary


def test_it_has_its_own_epochs_and_rate_and_the_hardware_of_the_training() -> None:
    changes = {"adapt_learning_rate": 2e-4, "seed": 7, "batch_size": 8, "devices": 2, "precision": "fp32"}
    found = adapt_recipe(ADAPTED.with_changes(changes))
    assert (found.epochs, found.learning_rate, found.devices, found.precision) == (2, 2e-4, 2, "fp32")
    assert (found.seed, found.batch_size) == (FinetuneRecipe().seed, FinetuneRecipe().batch_size)
