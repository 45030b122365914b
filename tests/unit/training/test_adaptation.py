"""The adaptation as a training: deterministic, resumable, its loss falls, and what is hidden is what is predicted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertForMaskedLM

from storyflower.errors import StoryFlowerError
from storyflower.model.devices import Hardware
from storyflower.model.masked_language import MaskedBatch, new_masked_model
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.text.loading import load_tokenizer
from storyflower.training import checkpoint
from storyflower.training.adaptation import AdaptationJob, MaskedBatches
from storyflower.training.batches import LabelledTokens, stratified_batches
from storyflower.training.loop import finetune
from storyflower.training.masking import Masking
from storyflower.training.static_shape import Part, StaticShape

CPU = Hardware("cpu")
MakeJob = Callable[..., AdaptationJob]


@pytest.fixture
def make_job(encoder: Path, corpus: LabelledTokens, recipe: FinetuneRecipe, tmp_path: Path) -> MakeJob:
    def make(folder: str = "checkpoints", **changes) -> AdaptationJob:
        changed = replace(recipe, **changes)
        masking = Masking.of(load_tokenizer(encoder), 0.15, changed.seed)
        model = new_masked_model(encoder, seed=changed.seed)
        return AdaptationJob(model, corpus.tokens, masking, changed, CPU, tmp_path / folder)

    return make


def test_the_loss_falls(make_job: MakeJob, recorder):
    result = finetune(make_job(epochs=40), [recorder])
    first, last = result.history[0], result.history[-1]
    assert first.loss == pytest.approx(np.log(100), rel=0.15)  # that of a guess among 100 pieces
    assert last.loss < 0.75 * first.loss
    assert last.accuracy > first.accuracy
    assert result.best_epoch == 40
    assert recorder.epochs == result.history
    assert recorder.steps[-1].loss < first.loss
    assert recorder.plans[0].examples == 54


def test_it_is_a_function_of_the_seed(make_job: MakeJob, same_weights):
    one, again, other = make_job("a"), make_job("b"), make_job("c", seed=6)
    for job in (one, again, other):
        finetune(job)
    assert same_weights(one.model, again.model)
    assert not same_weights(one.model, other.model)


def test_it_resumes_after_an_interruption_as_if_there_had_been_none(
    make_job: MakeJob, same_weights, monkeypatch: pytest.MonkeyPatch, recorder
):
    whole = make_job("whole")
    finetune(whole)
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)

    def interrupt(record) -> None:
        if record.epoch == 2:
            raise InterruptedError

    recorder.epoch_ended = interrupt
    with pytest.raises(InterruptedError):
        finetune(make_job(), [recorder])
    resumed = make_job()
    result = finetune(resumed)
    assert result.resumed_from_epoch == 2
    assert [record.epoch for record in result.history] == [1, 2, 3]
    assert same_weights(whole.model, resumed.model)


def test_checkpoints_of_another_adaptation_are_refused(make_job: MakeJob):
    finetune(make_job())
    with pytest.raises(StoryFlowerError):
        finetune(make_job(seed=6))


@pytest.mark.parametrize("parts", [1, 3])
def test_every_hidden_token_is_predicted_once(make_job: MakeJob, parts: int):
    job = make_job()
    lengths = job.tokens.lengths
    order = stratified_batches(lengths, 16, seed=5, epoch=2)
    shape = StaticShape.of(lengths, 16, parts)
    split = [MaskedBatches(job, 2, order, shape, Part(i, parts)) for i in range(parts)]
    hidden = job.masking.hide(job.tokens, np.arange(len(job.tokens.ids)), 2)
    found: list[tuple[int, int]] = []
    for i in range(len(order)):
        shares = 0.0
        for part in split:
            batch = part[i]
            assert isinstance(batch.packed, MaskedBatch)
            counts = batch.shares > 0
            read = batch.packed.input_ids[0][batch.packed.hidden[counts]]
            found += zip(batch.labels[counts].tolist(), read.tolist(), strict=True)
            shares += float(batch.shares.sum())
            assert batch.labels.shape == batch.shares.shape == batch.packed.hidden.shape == split[0][0].labels.shape
        assert shares == pytest.approx(1.0, abs=1e-5)
    expected = zip(hidden.answers.tolist(), hidden.ids[hidden.places].tolist(), strict=True)
    assert sorted(found) == sorted(expected)
    assert sum(split[0].predictions) == len(hidden.places)


def test_the_embeddings_stay_tied_to_the_head(make_job: MakeJob):
    job = make_job()
    before = job.model.bert.embeddings.word_embeddings.weight.detach().clone()
    finetune(job)
    model = job.model
    assert isinstance(model, BertForMaskedLM)
    assert model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight
    assert not torch.equal(before, model.bert.embeddings.word_embeddings.weight)


@pytest.mark.slow
def test_two_ranks_adapt_as_one(make_job: MakeJob):
    """Without dropout, which each rank draws for itself."""
    jobs = [make_job("one", epochs=2), make_job("two", epochs=2, devices=2)]
    for job in jobs:
        for module in job.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        job.model.config.attention_probs_dropout_prob = 0.0
    one, two = (finetune(job).history for job in jobs)
    for a, b in zip(one, two, strict=True):
        assert a.loss == pytest.approx(b.loss, rel=1e-4)
