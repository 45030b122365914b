"""Encoders as they are published: loaded, trained, resumed and exported, each as Transformers itself would have it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from storyflower.errors import EncoderError
from storyflower.model.architecture import parameters
from storyflower.model.classifier import new_classifier
from storyflower.model.devices import Hardware
from storyflower.model.directory import ModelFormat, load_model, write_model
from storyflower.model.families import encoder_of, family_of
from storyflower.model.inference import predict_logits
from storyflower.model.packing import PackedBatches, packed_logits, require_fitting
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.text.loading import load_tokenizer
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.training.batches import LabelledTokens
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.optimizer import build_optimizer
from tests.published import (
    KCBERT,
    KCELECTRA,
    KLUE_BERT,
    KLUE_ROBERTA,
    KOELECTRA_SMALL,
    LAYOUTS,
    Layout,
    train_pieces,
    write_encoder,
)

pytestmark = pytest.mark.usefixtures("in_english")

LABELS = ("기쁨", "슬픔", "분노")
TEXTS = tuple(
    f"{scene} {feeling}"
    for scene in ("오늘 아침에", "회사 일이", "갑자기 TV를 보다가", "시험을 보고 나서 집에 오는 길에")
    for feeling in ("정말 좋아", "눈물이 난다", "너무 화가 나서 소리쳤어", "신나", "우울해", "밉다")
)
CPU = Hardware("cpu")
RECIPE = FinetuneRecipe(epochs=3, batch_size=8, learning_rate=1e-3, dropout=0.1, log_every=9, precision="fp32", seed=5)
families = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


class Interrupter:
    """Ends a training after its first epoch."""

    def started(self, plan) -> None: ...
    def stepped(self, progress) -> None: ...
    def noted(self, note: str) -> None: ...
    def epoch_ended(self, record) -> None:  # noqa: ARG002
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    pieces, folder = train_pieces(TEXTS, 300), tmp_path_factory.mktemp("published")
    return {layout.name: write_encoder(folder / layout.name, layout, pieces) for layout in LAYOUTS}


@pytest.fixture
def encoder(encoders: dict[str, Path], layout: Layout) -> Path:
    return encoders[layout.name]


@pytest.fixture
def split(encoder: Path) -> LabelledTokens:
    return LabelledTokens(load_tokenizer(encoder).encode_batch(TEXTS, 32), np.arange(len(TEXTS)) % len(LABELS))


def theirs_of(tokenizer, model, texts) -> torch.Tensor:
    """Logits, or hidden states, of Transformers alone."""
    with torch.no_grad():
        return model(**tokenizer(list(texts), padding=True, return_tensors="pt"))[0]


@families
def test_the_pretrained_weights_are_all_taken(layout: Layout, encoder: Path) -> None:
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    expected = AutoModel.from_pretrained(encoder).state_dict()
    found = encoder_of(model).state_dict()
    pooler = {"pooler.dense.weight", "pooler.dense.bias"}
    assert set(expected) - pooler == set(found) - pooler
    assert all(torch.equal(found[name], expected[name]) for name in set(found) - pooler)
    assert parameters(model.config) == sum(tensor.numel() for tensor in encoder_of(model).parameters())
    assert model.config.architectures == [type(model).__name__]
    again, other = (new_classifier(encoder, LABELS, dropout=0.1, seed=seed) for seed in (1, 2))
    heads = (one.classifier.named_parameters() for one in (model, again, other))
    for (name, a), (_, b), (_, c) in zip(*heads, strict=True):
        assert torch.equal(a, b)
        assert torch.equal(a, c) is name.endswith("bias")
        assert name.endswith("bias") or 0.01 < a.std() < 0.03


@families
def test_an_export_answers_in_plain_transformers_as_here(layout: Layout, encoder: Path, tmp_path: Path) -> None:
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    texts = [*TEXTS, "[SEP] 안녕 [CLS]", "❤\u200b\ufe0f 행\u200b복", "漢字"]
    write_model(tmp_path, model, load_tokenizer(encoder), ModelFormat(32, LABELS), recipe={}, texts=texts)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    theirs = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert theirs.config.id2label == dict(enumerate(LABELS))
    loaded = load_model(tmp_path, "cpu")
    tokens = loaded.tokenizer.encode_batch(TEXTS, 32)
    assert tokenizer(list(TEXTS))["input_ids"] == [tokens.sequence(i).tolist() for i in range(len(TEXTS))]
    ours = loaded.session.logits(tokens)
    np.testing.assert_allclose(ours, theirs_of(tokenizer, theirs, TEXTS).numpy(), atol=2e-5, rtol=1e-4)


@families
def test_a_resumed_training_is_the_uninterrupted_one(
    layout: Layout, encoder: Path, split: LabelledTokens, tmp_path: Path
) -> None:
    whole, parts, resumed = (new_classifier(encoder, LABELS, dropout=0.1, seed=5) for _ in range(3))
    expected = finetune(TrainingJob(whole, split, split, RECIPE, CPU, tmp_path / "whole"))
    with pytest.raises(KeyboardInterrupt):
        finetune(TrainingJob(parts, split, split, RECIPE, CPU, tmp_path / "parts"), [Interrupter()])
    result = finetune(TrainingJob(resumed, split, split, RECIPE, CPU, tmp_path / "parts"))
    assert result.resumed_from_epoch == 1
    weights = resumed.state_dict()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in whole.state_dict().items())
    assert [epoch.train_loss for epoch in result.history] == [epoch.train_loss for epoch in expected.history]


@pytest.mark.parametrize("layout", [KLUE_ROBERTA, KOELECTRA_SMALL], ids=lambda layout: layout.name)
def test_a_step_of_training_moves_the_weights_as_transformers_does(
    layout: Layout, encoder: Path, split: LabelledTokens
) -> None:
    """Gradients and decay: one step of our optimizer on the packed and on Transformers' padded logits."""
    ours, theirs = (new_classifier(encoder, LABELS, dropout=0.0, seed=5) for _ in range(2))
    tokenizer, labels = AutoTokenizer.from_pretrained(encoder), torch.from_numpy(split.labels)
    for model in (ours, theirs):
        optimizer = build_optimizer(model, RECIPE)
        undecayed = {id(p) for p in optimizer.param_groups[1]["params"]}
        names = [name for name, p in model.named_parameters() if id(p) in undecayed]
        assert all(name.endswith("bias") or ".LayerNorm." in name for name in names)
        assert len(names) == sum(p.dim() == 1 for p in model.parameters())
        if model is ours:
            logits = packed_logits(model, PackedBatches(split.tokens, [np.arange(len(TEXTS))], "cpu")[0])
        else:
            logits = model(**tokenizer(list(TEXTS), padding=True, return_tensors="pt")).logits
        cross_entropy(logits, labels).backward()
    for (name, a), (_, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, atol=1e-6, rtol=1e-3, msg=name)


@pytest.mark.parametrize(
    ("layout", "most"),
    [(KCBERT, 300), (KLUE_ROBERTA, 512), (KLUE_BERT, 512), (KCELECTRA, 512)],
    ids=lambda value: getattr(value, "name", value),
)
def test_every_position_is_used_and_none_beyond(layout: Layout, encoder: Path, most: int) -> None:
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    assert family_of(model.config).positions(model.config) == most
    longest = TokenSequences(np.full(most, 9, np.int32), offsets_of(np.array([most])), np.zeros(1, bool))
    with torch.no_grad():
        expected = model(input_ids=torch.full((1, most), 9)).logits.numpy()
    ours = predict_logits(model, longest, device="cpu", precision="fp32")
    np.testing.assert_allclose(ours, expected, atol=2e-5, rtol=1e-4)
    beyond = TokenSequences(np.full(most + 1, 9, np.int32), offsets_of(np.array([most + 1])), np.zeros(1, bool))
    with pytest.raises(EncoderError, match=str(most)):
        require_fitting(model, beyond)
