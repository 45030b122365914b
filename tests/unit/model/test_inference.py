from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertForSequenceClassification

from storyflower.errors import EncoderError
from storyflower.model.classifier import new_classifier
from storyflower.model.inference import predict_logits
from storyflower.model.packing import PackedBatches, packed_logits
from storyflower.text.tokens import TokenSequences


@pytest.fixture
def model(encoder: Path) -> BertForSequenceClassification:
    return new_classifier(encoder, ("기쁨", "슬픔", "분노"), dropout=0.5, seed=1)


def test_logits_come_in_the_order_given(model: BertForSequenceClassification, tokens: TokenSequences):
    shuffled = np.array([4, 0, 6, 2, 5, 1, 3, 6])
    found = predict_logits(model, tokens.take(shuffled), device="cpu", precision="fp32", tokens_per_batch=30)
    one_by_one = [packed_logits(model, batch) for batch in PackedBatches(tokens, np.split(shuffled, 8), "cpu")]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, torch.cat(one_by_one).detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("tokens_per_batch", [1, 7, 64, 10_000])
def test_the_batch_size_does_not_matter(
    model: BertForSequenceClassification, tokens: TokenSequences, tokens_per_batch: int
):
    whole = predict_logits(model, tokens, device="cpu", precision="fp32")
    parts = predict_logits(model, tokens, device="cpu", precision="fp32", tokens_per_batch=tokens_per_batch)
    np.testing.assert_allclose(parts, whole, atol=1e-6)


def test_the_same_texts_give_the_same_logits(model: BertForSequenceClassification, tokens: TokenSequences):
    first, again = (predict_logits(model, tokens, device="cpu", precision="fp32") for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_bf16_is_close_to_fp32(model: BertForSequenceClassification, tokens: TokenSequences):
    fp32, bf16 = (predict_logits(model, tokens, device="cpu", precision=precision) for precision in ("fp32", "bf16"))
    assert not np.array_equal(fp32, bf16)
    np.testing.assert_allclose(bf16, fp32, atol=2e-2)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_put_back(model: BertForSequenceClassification, tokens: TokenSequences, training: bool):
    model.train(training)
    predict_logits(model, tokens, device="cpu", precision="fp32")
    assert model.training == model.dropout.training == training


def test_no_texts(model: BertForSequenceClassification, tokens: TokenSequences):
    none = tokens.take(np.zeros(0, np.int64))
    assert predict_logits(model, none, device="cpu", precision="fp32").shape == (0, 3)


def test_tokens_that_do_not_fit_are_refused(model: BertForSequenceClassification):
    tokens = TokenSequences(np.array([2, 9999, 3], np.int32), np.array([0, 3]), np.zeros(1, bool))
    with pytest.raises(EncoderError, match="9999"):
        predict_logits(model, tokens, device="cpu", precision="fp32")
