import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertForSequenceClassification

from storyflower.errors import EncoderError
from storyflower.model.classifier import new_classifier, remove_class_weights, save_classifier
from storyflower.model.inference_network import load_networks
from tests.published import KLUE_BERT, KLUE_ROBERTA, KOELECTRA_SMALL, Layout, train_pieces, write_encoder
from tests.unit.model.conftest import TEXTS

pytestmark = pytest.mark.usefixtures("in_english")

LABELS = ("기쁨", "슬픔", "분노", "불안", "당황", "상처")


@pytest.fixture
def copy(encoder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(encoder, tmp_path / "copy"))


def rewrite(folder: Path, change) -> None:
    save_file(change(load_file(folder / "model.safetensors")), folder / "model.safetensors")


def test_the_encoder_is_loaded_under_a_new_head(encoder: Path):
    model = new_classifier(encoder, LABELS, dropout=0.5, seed=1)
    stored = load_file(encoder / "model.safetensors")
    assert all(torch.equal(stored[name], tensor) for name, tensor in model.bert.state_dict().items())
    assert model.classifier.weight.shape == (6, 64)
    assert model.dropout.p == model.config.classifier_dropout == 0.5
    assert model.config.id2label == dict(enumerate(LABELS))
    assert model.config.label2id == {name: i for i, name in enumerate(LABELS)}
    assert model.config.pad_token_id == 1
    assert not model.training


def test_the_head_is_drawn_from_the_seed_alone(encoder: Path):
    before = torch.random.get_rng_state()
    first, again, other = (new_classifier(encoder, LABELS, dropout=0.5, seed=seed).classifier for seed in (1, 1, 2))
    assert torch.equal(first.weight, again.weight)
    assert not torch.equal(first.weight, other.weight)
    assert not first.bias.any()
    assert 0.01 < first.weight.std() < 0.03
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("layout", [KLUE_BERT, KLUE_ROBERTA, KOELECTRA_SMALL], ids=lambda layout: layout.name)
def test_without_its_class_weights_a_model_has_the_probabilities_of_the_labels_as_they_occur(
    layout: Layout, tmp_path: Path
):
    """softmax(logits) = weight · P / sum; a label that no training text has, with weight 0, stays as it is."""
    encoder = write_encoder(tmp_path, layout, train_pieces(TEXTS, 60))
    model = new_classifier(encoder, ("기쁨", "슬픔", "분노"), dropout=0.1, seed=1)
    ids = torch.tensor([[2, 5, 6, 3], [2, 7, 8, 3]])
    with torch.no_grad():
        weighted = model(input_ids=ids).logits.softmax(dim=1).numpy()
        remove_class_weights(model, np.array([0.5, 3.0, 0.0], np.float32))
        found = model(input_ids=ids).logits.softmax(dim=1).numpy()
    expected = weighted / [0.5, 3.0, 1.0]
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True), rtol=1e-5)


def test_parameters_are_fp32_whatever_is_stored(copy: Path):
    rewrite(copy, lambda weights: {name: tensor.half() for name, tensor in weights.items()})
    model = new_classifier(copy, LABELS, dropout=0.1, seed=1)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_the_real_encoder_is_loaded_from_fp16(shared: Path):
    model = new_classifier(shared / "kobert-mini", LABELS, dropout=0.5, seed=1)
    stored = load_file(shared / "kobert-mini/model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert torch.equal(model.bert.pooler.dense.weight, stored["pooler.dense.weight"].float())


@pytest.mark.parametrize(
    "stored_as",
    [
        lambda weights: {f"bert.{name}": tensor for name, tensor in weights.items()} | {"cls.seq.bias": torch.ones(2)},
        lambda weights: {name.replace("LayerNorm.weight", "LayerNorm.gamma"): t for name, t in weights.items()},
        lambda weights: {name.replace("LayerNorm.bias", "LayerNorm.beta"): t for name, t in weights.items()},
        lambda weights: weights | {"embeddings.position_ids": torch.arange(512)[None]},
    ],
    ids=["with heads", "gamma", "beta", "with position ids"],
)
def test_weights_saved_from_other_models_and_versions_are_recognised(encoder: Path, copy: Path, stored_as):
    rewrite(copy, stored_as)
    expected, found = (new_classifier(f, LABELS, dropout=0.1, seed=1).state_dict() for f in (encoder, copy))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_missing_encoder_weights_are_an_error(copy: Path):
    rewrite(copy, lambda weights: {name: t for name, t in weights.items() if ".layer.1." not in name})
    with pytest.raises(EncoderError, match=r"missing: encoder\.layer\.1\..* and 13 more"):
        new_classifier(copy, LABELS, dropout=0.1, seed=1)


def test_layers_beyond_the_configuration_are_an_error(copy: Path):
    rewrite(copy, lambda weights: weights | {"encoder.layer.2.output.dense.bias": torch.ones(64)})
    with pytest.raises(EncoderError, match="no place for"):
        new_classifier(copy, LABELS, dropout=0.1, seed=1)


def test_weights_of_another_shape_are_an_error(copy: Path):
    rewrite(copy, lambda weights: weights | {"pooler.dense.bias": torch.ones(65)})
    with pytest.raises(EncoderError, match="the shapes of weights differ"):
        new_classifier(copy, LABELS, dropout=0.1, seed=1)


def test_a_configuration_that_cannot_be_built_is_an_error(copy: Path):
    text = (copy / "config.json").read_text()
    (copy / "config.json").write_text(text.replace('"num_attention_heads": 2', '"num_attention_heads": 3'))
    with pytest.raises(EncoderError, match="3 heads do not divide"):
        new_classifier(copy, LABELS, dropout=0.1, seed=1)


def test_an_encoder_without_a_pooler_gets_a_new_one_and_it_is_said(copy: Path, caplog: pytest.LogCaptureFixture):
    rewrite(copy, lambda weights: {name: t for name, t in weights.items() if not name.startswith("pooler.")})
    with caplog.at_level(logging.WARNING):
        first, again = (new_classifier(copy, LABELS, dropout=0.1, seed=1) for _ in range(2))
    assert "has no pooler" in caplog.text
    assert torch.equal(first.bert.pooler.dense.weight, again.bert.pooler.dense.weight)
    assert 0.01 < first.bert.pooler.dense.weight.std() < 0.03


def test_loading_and_saving_print_nothing(encoder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    save_classifier(model, tmp_path)
    load_networks(tmp_path, torch.device("cpu"), [torch.float32])
    assert capfd.readouterr() == ("", "")


def test_the_saved_directory_is_a_standard_one(encoder: Path, tmp_path: Path):
    model = new_classifier(encoder, LABELS, dropout=0.3, seed=1)
    save_classifier(model, tmp_path / "out")
    theirs = BertForSequenceClassification.from_pretrained(tmp_path / "out")
    ids = torch.tensor([[2, 9, 8, 3, 1], [2, 7, 6, 5, 3]])
    logits = [m(ids, attention_mask=(ids != 1).long()).logits for m in (model, theirs)]
    assert torch.equal(*logits)
    assert theirs.config.id2label == dict(enumerate(LABELS))
    assert theirs.config.architectures == ["BertForSequenceClassification"]
    assert theirs.config.classifier_dropout == 0.3


def test_an_encoder_alone_is_no_classifier(encoder: Path):
    with pytest.raises(EncoderError, match="missing"):
        load_networks(encoder, torch.device("cpu"), [torch.float32])
