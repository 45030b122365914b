"""Packed = padded = Transformers' own classifier: logits, loss and gradients, in fp32 and without dropout."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification

from storyflower.model.attention import use_packed_attention
from storyflower.model.classifier import new_classifier, save_classifier
from storyflower.model.families import Classifier
from storyflower.model.inference import predict_logits
from storyflower.model.packing import PackedBatches, packed_logits
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.training.objective import losses_of
from tests.published import KCBERT, KLUE_BERT, KLUE_ROBERTA, KOELECTRA_SMALL, write_encoder

LABELS = ("기쁨", "슬픔", "분노", "불안", "당황", "상처")
LENGTHS = {
    "of many lengths": (31, 4, 17, 48, 9, 3),
    "of two tokens": (2, 2, 2),
    "very short and very long": (2, 64, 3),
    "of one length": (20, 20, 20, 20),
    "one alone": (33,),
    "the shortest alone": (2,),
}


PUBLISHED = {layout.name: layout for layout in (KLUE_BERT, KLUE_ROBERTA, KOELECTRA_SMALL, KCBERT)}
PIECES = [f"##{number}" for number in range(500)]


@pytest.fixture(scope="module", params=["small random BERT", "kobert-mini", *PUBLISHED])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """In evaluation mode: no dropout, and gradients all the same."""
    if request.param in PUBLISHED:
        folder = write_encoder(tmp_path_factory.mktemp("encoder"), PUBLISHED[request.param], PIECES)
        return new_classifier(folder, LABELS, dropout=0.5, seed=1)
    if request.param == "kobert-mini":
        return new_classifier(request.getfixturevalue("shared") / "kobert-mini", LABELS, dropout=0.5, seed=1)
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=500,
        hidden_size=96,
        num_hidden_layers=3,
        num_attention_heads=3,
        intermediate_size=200,
        num_labels=len(LABELS),
        pad_token_id=1,
    )
    return BertForSequenceClassification(config).eval()


def texts(lengths: tuple[int, ...]) -> TokenSequences:
    """Random ids between [CLS] and [SEP]."""
    draw = np.random.default_rng(11)
    ids = [np.concatenate([[2], draw.integers(5, 500, length - 2), [3]]) for length in lengths]
    return TokenSequences(
        np.concatenate(ids).astype(np.int32), offsets_of(np.array(lengths, np.int64)), np.zeros(len(lengths), bool)
    )


def padded(model: Classifier, tokens: TokenSequences) -> dict[str, Tensor]:
    """What Transformers itself takes: a block of ids and an attention mask."""
    pad = model.config.pad_token_id
    ids = torch.full((len(tokens), int(tokens.lengths.max())), pad)
    for i, row in enumerate(ids):
        row[: tokens.lengths[i]] = torch.from_numpy(tokens.sequence(i))
    return {"input_ids": ids, "attention_mask": (ids != pad).long()}


def gradients(model: Classifier, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


def whole(tokens: TokenSequences) -> PackedBatches:
    return PackedBatches(tokens, [np.arange(len(tokens))], "cpu")


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS.keys())
def test_packed_is_padded_is_transformers_own(model: Classifier, lengths: tuple[int, ...]):
    tokens = texts(lengths)
    labels = torch.arange(len(tokens)) % len(LABELS)
    logits = packed_logits(model, whole(tokens)[0])
    loss = losses_of(logits, labels, None).mean()
    our_gradients = gradients(model, loss)

    model.set_attn_implementation("eager")
    theirs = model(**padded(model, tokens), labels=labels)
    their_gradients = gradients(model, theirs.loss)
    use_packed_attention(model)  # a padded batch goes through our function too
    padded_logits = model(**padded(model, tokens)).logits

    torch.testing.assert_close(logits, theirs.logits, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(logits, padded_logits, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(loss, theirs.loss, atol=1e-5, rtol=1e-5)
    assert our_gradients.keys() == their_gradients.keys()
    for name, gradient in their_gradients.items():
        scale = gradient.abs().max().item()
        torch.testing.assert_close(our_gradients[name], gradient, atol=1e-6 + 1e-4 * scale, rtol=1e-3, msg=name)


def test_prediction_is_padded_too(model: Classifier):
    tokens = texts(LENGTHS["of many lengths"])
    model.set_attn_implementation("sdpa")
    with torch.no_grad():
        expected = model(**padded(model, tokens)).logits
    found = predict_logits(model, tokens, device="cpu", precision="fp32", tokens_per_batch=40)
    np.testing.assert_allclose(found, expected.numpy(), atol=2e-5, rtol=1e-4)


def test_padded_training_is_not_changed_by_our_attention(
    model: Classifier,
):
    """Dropout included: the function stays with the model, and must not change what Transformers does with it."""
    inputs = padded(model, texts((5, 9, 7)))
    found = []
    model.train()
    for attention in ("sdpa", "ours"):
        use_packed_attention(model) if attention == "ours" else model.set_attn_implementation(attention)
        torch.manual_seed(5)
        found.append(model(**inputs).logits)
    model.eval()
    assert torch.equal(*found)


def test_the_saved_directory_gives_the_same_logits_in_plain_transformers(model: Classifier, tmp_path: Path):
    save_classifier(model, tmp_path / "saved")
    tokens = texts(LENGTHS["of many lengths"])
    theirs = AutoModelForSequenceClassification.from_pretrained(tmp_path / "saved")
    assert type(theirs) is type(model)
    with torch.no_grad():
        expected = theirs(**padded(model, tokens)).logits
    ours = predict_logits(model, tokens, device="cpu", precision="fp32")
    np.testing.assert_allclose(ours, expected.numpy(), atol=2e-5, rtol=1e-4)
