"""Our masked language model is Transformers' own: the same loss and gradients, padded or packed, and the same head."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModel, AutoModelForMaskedLM, BertConfig, ElectraConfig, RobertaConfig

from storyflower.model.classifier import new_classifier
from storyflower.model.encoder import resolve_encoder, write_scratch_encoder
from storyflower.model.families import encoder_of
from storyflower.model.masked_language import MaskedBatch, masked_logits, new_masked_model, save_encoder
from storyflower.model.packing import PackedBatches
from storyflower.recipe_parts import SCRATCH, EncoderRecipe
from storyflower.text.loading import load_tokenizer
from storyflower.text.tokens import TokenSequences, offsets_of

TEXTS = [
    "오늘 아침에 정말 좋아",
    "짜증이 나서 소리쳤어",
    "걱정돼",
    "시험을 보고 나서 집에 오는 길에 행복해서 웃었어",
] * 3
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "pad_token_id": 1,
}
CONFIGS = {
    "bert": BertConfig,
    "roberta": RobertaConfig,
    "electra": ElectraConfig,
}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scratch")
    recipe = EncoderRecipe(encoder=SCRATCH, scratch_vocab_size=60, scratch_hidden_size=32, scratch_layers=2)
    write_scratch_encoder(TEXTS, recipe, folder, seed=3)
    return folder


@pytest.fixture(params=CONFIGS)
def pretrained(request: pytest.FixtureRequest, scratch: Path, tmp_path: Path) -> Path:
    """A masked language model of each family as Transformers saves it, with a vocabulary."""
    sizes = SIZES | ({"embedding_size": 16} if request.param == "electra" else {})
    torch.manual_seed(4)
    sizes |= {"vocab_size": load_tokenizer(scratch).vocab_size, "max_position_embeddings": 40}
    model = AutoModelForMaskedLM.from_config(CONFIGS[request.param](**sizes))
    for parameter in model.parameters():  # biases and layer normalisations too
        parameter.data += 0.05 * torch.randn_like(parameter)
    model.save_pretrained(tmp_path / "pretrained")
    (tmp_path / "pretrained" / "spiece.model").write_bytes((scratch / "spiece.model").read_bytes())
    return tmp_path / "pretrained"


def batch_of(lengths: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, MaskedBatch, torch.Tensor]:
    """Padded ids and labels (-100 where nothing is hidden), and the same as a packed batch with its answers."""
    draw = np.random.default_rng(6)
    offsets = offsets_of(lengths)
    ids = draw.integers(6, 35, offsets[-1]).astype(np.int32)
    hidden = np.sort(draw.choice(offsets[-1], 9, replace=False))
    answers = draw.integers(6, 35, 9)
    tokens = TokenSequences(ids, offsets, np.zeros(len(lengths), bool))
    packed = PackedBatches(tokens, [np.arange(len(lengths))], "cpu")[0]
    padded = torch.ones(len(lengths), int(lengths.max()), dtype=torch.long)
    labels = torch.full_like(padded, -100)
    for row in range(len(lengths)):
        padded[row, : lengths[row]] = torch.from_numpy(tokens.sequence(row))
    for place, answer in zip(hidden, answers, strict=True):
        row = int(np.searchsorted(offsets, place, side="right")) - 1
        labels[row, place - offsets[row]] = int(answer)
    batch = MaskedBatch(**vars(packed), hidden=torch.from_numpy(hidden))
    return padded, labels, batch, torch.from_numpy(answers)


def test_the_loss_and_the_gradients_are_those_of_transformers(pretrained: Path):
    lengths = np.array([7, 3, 12, 5])
    padded, labels, batch, answers = batch_of(lengths)
    theirs = AutoModelForMaskedLM.from_pretrained(pretrained).eval()
    mask = torch.arange(padded.shape[1]) < torch.from_numpy(lengths)[:, None]
    expected = theirs(input_ids=padded, attention_mask=mask.long(), labels=labels).loss
    expected.backward()

    ours = new_masked_model(pretrained, seed=5)
    loss = cross_entropy(masked_logits(ours, batch), answers)
    loss.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-6)
    gradients = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    assert gradients.keys() == dict(ours.named_parameters()).keys()
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-3, atol=1e-6, msg=name)


def test_the_stored_head_is_loaded_and_tied(pretrained: Path):
    theirs, ours = AutoModelForMaskedLM.from_pretrained(pretrained), new_masked_model(pretrained, seed=5)
    for name, tensor in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], tensor, rtol=0, atol=0, msg=name)
    assert ours.get_output_embeddings().weight is encoder_of(ours).embeddings.word_embeddings.weight


def test_without_a_head_a_new_one_is_drawn_from_the_seed(scratch: Path):
    one, again, other = (new_masked_model(scratch, seed=seed) for seed in (5, 5, 6))
    name = "cls.predictions.transform.dense.weight"
    assert torch.equal(one.state_dict()[name], again.state_dict()[name])
    assert not torch.equal(one.state_dict()[name], other.state_dict()[name])
    assert one.state_dict()[name].std() == pytest.approx(0.02, rel=0.2)
    assert one.cls.predictions.bias.abs().max() == 0
    assert one.cls.predictions.transform.LayerNorm.weight.unique().tolist() == [1.0]
    assert one.get_output_embeddings().weight is one.bert.embeddings.word_embeddings.weight


def test_a_saved_encoder_is_an_encoder_with_the_pooler_of_the_first(pretrained: Path, scratch: Path, tmp_path: Path):
    for encoder in (pretrained, scratch):
        model = new_masked_model(encoder, seed=5)
        encoder_of(model).embeddings.word_embeddings.weight.data += 1.0
        folder = tmp_path / f"of {encoder.name}"
        save_encoder(model, encoder, folder)
        assert resolve_encoder(EncoderRecipe(encoder=str(folder))).digest
        loaded = AutoModel.from_pretrained(folder)
        assert type(loaded).__name__ == loaded.config.architectures[0]
        for name, tensor in encoder_of(model).state_dict().items():
            assert torch.equal(loaded.state_dict()[name], tensor), name
        assert new_classifier(folder, ("가", "나"), dropout=0.1, seed=1) is not None
    kept, before = (AutoModel.from_pretrained(path).pooler.dense.weight for path in (folder, scratch))
    assert torch.equal(kept, before)
