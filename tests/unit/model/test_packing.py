from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import varlen
from transformers import BertForSequenceClassification

from storyflower.errors import EncoderError
from storyflower.model import packing
from storyflower.model.attention import PACKED_ATTENTION, head_width, runs_varlen
from storyflower.model.classifier import new_classifier, save_classifier
from storyflower.model.config import read_config
from storyflower.model.packing import PackedBatch, PackedBatches, packed_logits, require_fitting
from storyflower.text.tokens import TokenSequences, offsets_of

pytestmark = pytest.mark.usefixtures("in_english")

LABELS = ("기쁨", "슬픔", "분노")


def sequences(*lengths: int) -> TokenSequences:
    """Texts of the given lengths, ids counting up from 2."""
    sizes = np.array(lengths, np.int64)
    ids = np.concatenate([np.arange(2, 2 + length, dtype=np.int32) for length in lengths])
    return TokenSequences(ids, offsets_of(sizes), np.zeros(len(lengths), bool))


def test_batches_hold_their_examples_end_to_end():
    batches = PackedBatches(sequences(3, 5, 2, 4), [np.array([3, 0]), np.array([2])], "cpu")
    first, second = batches
    assert (len(batches), len(first), len(second)) == (2, 2, 1)
    assert first.input_ids.tolist() == [[2, 3, 4, 5, 2, 3, 4]]
    assert first.position_ids.tolist() == [[0, 1, 2, 3, 0, 1, 2]]
    assert first.cu_seqlens.tolist() == [0, 4, 7]
    assert first.slots.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert first.blocks == ((2, 4),)
    assert second.input_ids.tolist() == [[2, 3]]
    assert second.cu_seqlens.tolist() == [0, 2]


def test_slots_leave_room_up_to_the_longest():
    (batch,) = PackedBatches(sequences(2, 5, 3), [np.array([0, 1, 2])], "cpu")
    assert batch.slots.tolist() == [0, 1, 5, 6, 7, 8, 9, 10, 11, 12]
    assert batch.cu_seqlens.dtype == torch.int32
    assert batch.input_ids.dtype == batch.position_ids.dtype == torch.int64


def test_only_a_model_that_took_a_packed_batch_uses_packed_attention(encoder: Path, tokens: TokenSequences):
    packed, other = (new_classifier(encoder, LABELS, dropout=0.1, seed=1) for _ in range(2))
    packed_logits(packed, PackedBatches(tokens, [np.arange(len(tokens))], "cpu")[0])
    assert packed.config._attn_implementation == PACKED_ATTENTION
    assert other.config._attn_implementation != PACKED_ATTENTION


def test_the_saved_configuration_does_not_name_packed_attention(encoder: Path, tokens: TokenSequences, tmp_path: Path):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    packed_logits(model, PackedBatches(tokens, [np.arange(2)], "cpu")[0])
    save_classifier(model, tmp_path)
    assert PACKED_ATTENTION not in (tmp_path / "config.json").read_text()
    assert BertForSequenceClassification.from_pretrained(tmp_path).config._attn_implementation == "sdpa"


def test_attention_dropout_acts_in_training_and_not_in_evaluation(encoder: Path, tokens: TokenSequences):
    model = new_classifier(encoder, LABELS, dropout=0.0, seed=1)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    for layer in model.bert.encoder.layer:
        layer.attention.self.dropout.p = 0.5
    (batch,) = PackedBatches(tokens, [np.arange(len(tokens))], "cpu")
    model.train()
    assert not torch.equal(packed_logits(model, batch), packed_logits(model, batch))
    model.eval()
    assert torch.equal(packed_logits(model, batch), packed_logits(model, batch))


def test_the_head_is_in_fp32_under_autocast_too(encoder: Path, tokens: TokenSequences):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    (batch,) = PackedBatches(tokens, [np.arange(len(tokens))], "cpu")
    with torch.autocast("cpu", torch.bfloat16):
        logits = packed_logits(model, batch)
    assert logits.dtype == torch.float32
    assert not torch.equal(logits, logits.bfloat16().float())


def test_attention_without_padding_runs_on_recent_gpus_alone():
    assert not runs_varlen(torch.device("cpu"), torch.bfloat16, 64)
    assert not runs_varlen(torch.device("cuda"), torch.float32, 64)


@pytest.mark.parametrize("width", [26, 264])
def test_attention_without_padding_needs_a_head_that_its_kernel_takes(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(torch.backends.cuda, "is_flash_attention_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    assert runs_varlen(torch.device("cuda"), torch.bfloat16, 64)
    assert not runs_varlen(torch.device("cuda"), torch.bfloat16, width)
    monkeypatch.setattr(torch.backends.cuda, "is_flash_attention_available", lambda: False)
    assert not runs_varlen(torch.device("cuda"), torch.bfloat16, 64)


@pytest.mark.gpu
def test_on_a_gpu_packed_logits_are_close_to_those_of_the_cpu(encoder: Path, tokens: TokenSequences):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    expected = packed_logits(model, PackedBatches(tokens, [np.arange(len(tokens))], "cpu")[0])
    (batch,) = PackedBatches(tokens, [np.arange(len(tokens))], "cuda")
    model.to("cuda")
    assert torch.allclose(packed_logits(model, batch).cpu(), expected, atol=1e-3)
    dtype = (
        torch.bfloat16 if runs_varlen(torch.device("cuda"), torch.bfloat16, head_width(model.config)) else torch.float16
    )
    with torch.autocast("cuda", dtype):
        found = packed_logits(model, batch)
    found.float().sum().backward()
    assert torch.allclose(found.float().cpu(), expected, atol=3e-2)
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


def test_the_kernel_without_padding_is_given_what_it_expects(
    encoder: Path, tokens: TokenSequences, monkeypatch: pytest.MonkeyPatch
):
    """Where no GPU is at hand: the kernel's place is taken by the same arithmetic, one sequence after the other."""

    def one_by_one(q, k, v, cu_seq_q, cu_seq_k, max_q, max_k, *, scale):
        assert cu_seq_q is cu_seq_k
        assert cu_seq_q.dtype == torch.int32
        assert max_q == max_k == cu_seq_q.diff().max()
        parts = [
            ((q[a:b].transpose(0, 1) @ k[a:b].permute(1, 2, 0)) * scale).softmax(-1) @ v[a:b].transpose(0, 1)
            for a, b in pairwise(cu_seq_q)
        ]
        return torch.cat(parts, dim=1).transpose(0, 1)

    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    (batch,) = PackedBatches(tokens, [np.arange(len(tokens))], "cpu")
    expected = packed_logits(model, batch)
    monkeypatch.setattr(packing, "runs_varlen", lambda *_: True)
    monkeypatch.setattr(varlen, "varlen_attn", one_by_one)
    torch.testing.assert_close(packed_logits(model, batch), expected, atol=1e-5, rtol=1e-4)


def test_the_kernel_without_padding_accepts_the_call_and_has_a_gradient(encoder: Path, monkeypatch: pytest.MonkeyPatch):
    """Shapes and types alone: PyTorch's own kernel, on tensors without content."""
    monkeypatch.setattr(packing, "runs_varlen", lambda *_: True)
    with FakeTensorMode():
        model = BertForSequenceClassification(read_config(encoder, num_labels=3, pad_token_id=1))
        batch = PackedBatch(
            input_ids=torch.zeros(1, 7, dtype=torch.long),
            position_ids=torch.zeros(1, 7, dtype=torch.long),
            cu_seqlens=torch.zeros(3, dtype=torch.int32),
            slots=torch.zeros(7, dtype=torch.long),
            blocks=((2, 4),),
        )
        with torch.autocast("cpu", torch.bfloat16):
            logits = packed_logits(model, batch)
        logits.sum().backward()
        assert logits.shape == (2, 3)
        assert model.bert.encoder.layer[0].attention.self.query.weight.grad.shape == (64, 64)


def test_texts_longer_than_the_encoders_positions_are_refused(encoder: Path):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    ids = np.full(513, 5, np.int32)
    tokens = TokenSequences(ids, np.array([0, 513]), np.zeros(1, bool))
    with pytest.raises(EncoderError, match="513 tokens, and the encoder takes 512") as caught:
        require_fitting(model, tokens)
    assert "max_len" in caught.value.remedy


def test_ids_beyond_the_encoders_vocabulary_are_refused(encoder: Path):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    tokens = TokenSequences(np.array([2, 8000, 3], np.int32), np.array([0, 3]), np.zeros(1, bool))
    with pytest.raises(EncoderError, match="id 8000"):
        require_fitting(model, tokens)
