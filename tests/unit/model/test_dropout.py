from pathlib import Path

import pytest
import torch
from torch.nn import Dropout

from storyflower.model.classifier import new_classifier
from storyflower.model.dropout import DrawnDropout, DropoutBits, drop

LABELS = ("기쁨", "슬픔", "분노")
BLOCKS = ((3, 5), (4, 9))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.003])
def test_the_share_that_is_dropped_and_the_scale_are_those_of_dropout(p: float):
    torch.manual_seed(1)
    bits = torch.empty(500_000, dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
    values = drop(torch.ones(len(bits)), bits, p)
    assert (values == 0).float().mean() == pytest.approx(p, abs=5 * (p / len(bits)) ** 0.5)
    assert values.max() == pytest.approx(1 / (1 - p), rel=1e-4)
    assert values.mean() == pytest.approx(1, abs=5 * (p / (1 - p) / len(bits)) ** 0.5)


def test_neighbouring_elements_are_dropped_independently():
    torch.manual_seed(2)
    bits = torch.empty(250_000, dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
    dropped = (drop(torch.ones(len(bits)), bits, 0.5) == 0).float()
    for distance in (1, 2, 4, 64):
        both = (dropped[:-distance] * dropped[distance:]).mean()
        assert both == pytest.approx(0.25, abs=0.004)


def test_gradients_pass_where_values_do():
    values = torch.randn(64, requires_grad=True)
    bits = torch.empty(16, dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
    out = drop(values, bits, 0.5)
    out.sum().backward()
    assert torch.equal(values.grad, torch.where(out != 0, 2.0, 0.0))


def test_every_dropout_but_the_heads_is_replaced_and_given_back(encoder: Path):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    model.bert.encoder.layer[1].output.dropout.p = 0.0
    names = {name: module for name, module in model.named_modules() if isinstance(module, Dropout)}
    weights = set(model.state_dict())
    bits = DropoutBits(model, 30, BLOCKS)
    replaced = {name for name, module in model.named_modules() if isinstance(module, DrawnDropout)}
    assert replaced == {
        "bert.embeddings.dropout",
        "bert.encoder.layer.0.attention.output.dropout",
        "bert.encoder.layer.0.output.dropout",
        "bert.encoder.layer.1.attention.output.dropout",
    }
    attention = model.bert.encoder.layer[0].attention.self
    assert [tuple(block.shape) for block in attention.storyflower_dropout_bits] == [(3, 2, 5, 5), (4, 2, 9, 9)]
    assert set(model.state_dict()) == weights
    bits.remove()
    assert {name: module for name, module in model.named_modules() if isinstance(module, Dropout)} == names
    assert not hasattr(attention, "storyflower_dropout_bits")


def test_each_draw_gives_other_bits_and_the_seed_gives_them_again(encoder: Path):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    bits, seen = DropoutBits(model, 30, BLOCKS), []
    for seed in (1, None, 1):
        if seed is not None:
            torch.manual_seed(seed)
        bits.draw()
        seen.append(model.bert.embeddings.dropout.bits.clone())
    assert torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], seen[1])
    assert not torch.equal(model.bert.embeddings.dropout.bits, model.bert.encoder.layer[0].output.dropout.bits)
