"""Each improvement can be taken away from the engine as it is now, and the training stays the same training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.systems.ablations import ABLATIONS, ablations_on, padded_logits, random_batches, random_bounds
from benchmarks.systems.corpus import TokenCorpus, draw_corpus
from storyflower.model.classifier import new_classifier
from storyflower.model.config import read_config
from storyflower.model.devices import find_hardware
from storyflower.model.encoder import write_scratch_encoder
from storyflower.model.packing import PackedBatches, packed_logits
from storyflower.recipe_parts import SCRATCH, EncoderRecipe, FinetuneRecipe
from storyflower.training.loop import FinetuneResult, TrainingJob, finetune


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    recipe = EncoderRecipe(encoder=SCRATCH, scratch_vocab_size=60, scratch_hidden_size=32, scratch_layers=1)
    write_scratch_encoder(["오늘 아침에 기분이 정말 좋아", "친구에게 너무 화가 나"] * 5, recipe, folder, seed=1)
    return folder


@pytest.fixture(scope="module")
def corpus(encoder: Path) -> TokenCorpus:
    return draw_corpus(150, read_config(encoder).vocab_size, seed=1)


def train(encoder: Path, corpus: TokenCorpus, folder: Path, name: str) -> FinetuneResult:
    ablation = replace(ABLATIONS[name], compiling="off")
    torch.manual_seed(0)
    model = new_classifier(encoder, corpus.labels, dropout=0.0, seed=1)
    model.config.attention_probs_dropout_prob = 0.0
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    recipe = FinetuneRecipe(epochs=2, learning_rate=1e-3, precision="fp32", log_every=ablation.log_every)
    with ablation.in_force():
        return finetune(TrainingJob(model, corpus.train, corpus.dev, recipe, find_hardware("cpu"), folder / name))


@pytest.mark.parametrize("name", [name for name in ablations_on("cpu") if name not in ("eager", "random-batches")])
def test_without_dropout_the_losses_are_those_of_the_whole_engine(
    name: str, encoder: Path, corpus: TokenCorpus, tmp_path: Path
) -> None:
    whole, without = (train(encoder, corpus, tmp_path, which).history for which in ("eager", name))
    assert [epoch.train_loss for epoch in without] == pytest.approx([epoch.train_loss for epoch in whole], rel=1e-4)


def test_random_batches_train_too(encoder: Path, corpus: TokenCorpus, tmp_path: Path) -> None:
    result = train(encoder, corpus, tmp_path, "random-batches")
    assert all(np.isfinite(epoch.train_loss) for epoch in result.history)


def test_random_batches_hold_every_example_once_within_their_bounds(corpus: TokenCorpus) -> None:
    lengths = corpus.train.tokens.lengths
    batches = random_batches(lengths, 64)
    assert batches.shape == (3, 64)
    assert sorted(batches[batches >= 0].tolist()) == list(range(150))
    least, most = random_bounds(lengths, 64)
    assert (np.diff(most) >= 0).all()
    assert all((least <= lengths[batch]).all() and (lengths[batch] <= most).all() for batch in batches[:-1])


def test_padding_changes_no_logits(encoder: Path, corpus: TokenCorpus) -> None:
    model = new_classifier(encoder, corpus.labels, dropout=0.5, seed=1)
    batch = PackedBatches(corpus.dev.tokens, [np.arange(9)], "cpu")[0]
    with torch.inference_mode():
        assert torch.allclose(padded_logits(model, batch), packed_logits(model, batch), atol=1e-5)


def test_what_is_swapped_is_given_back() -> None:
    for ablation in ABLATIONS.values():
        before = [getattr(module, name) for module, name, _ in ablation.swaps]
        with ablation.in_force():
            assert all(getattr(module, name) is value for module, name, value in ablation.swaps)
        assert [getattr(module, name) for module, name, _ in ablation.swaps] == before
