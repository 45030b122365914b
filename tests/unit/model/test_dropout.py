from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import Dropout
from transformers import BertForSequenceClassification

from storyflower.model import dropout as dropout_module
from storyflower.model.classifier import new_classifier
from storyflower.model.dropout import DrawnDropout, DropoutMasks, drop

LABELS = ("기쁨", "슬픔", "분노")
BLOCKS = ((3, 5), (4, 9))


@pytest.fixture
def many(encoder: Path) -> BertForSequenceClassification:
    """A model whose embeddings have enough values to count, once given masks for `TOKENS`."""
    return new_classifier(encoder, LABELS, dropout=0.1, seed=1).train()


TOKENS = 20_000


@pytest.mark.parametrize("p", [0.1, 0.5, 0.003])
def test_the_share_that_is_dropped_and_the_scale_are_those_of_dropout(many: BertForSequenceClassification, p: float):
    values = dropped_ones(many, p)
    assert (values == 0).float().mean() == pytest.approx(p, abs=5 * (p / values.numel()) ** 0.5)
    assert values.max() == pytest.approx(1 / (1 - p), rel=1e-4)
    assert values.mean() == pytest.approx(1, abs=5 * (p / (1 - p) / values.numel()) ** 0.5)


def test_neighbouring_elements_are_dropped_independently(many: BertForSequenceClassification):
    dropped = (dropped_ones(many, 0.5).flatten() == 0).float()
    for distance in (1, 2, 4, 64):
        both = (dropped[:-distance] * dropped[distance:]).mean()
        assert both == pytest.approx(0.25, abs=0.004)


def dropped_ones(model: BertForSequenceClassification, p: float) -> Tensor:
    """Ones, after the dropout of the embeddings."""
    torch.manual_seed(1)
    model.bert.embeddings.dropout.p = p
    DropoutMasks(model, TOKENS, BLOCKS).draw()
    ones = torch.ones(1, TOKENS, model.config.hidden_size)
    values: Tensor = model.bert.embeddings.dropout(ones)
    return values


def test_gradients_pass_where_values_do():
    values = torch.randn(64, requires_grad=True)
    out = drop(values, torch.randint(0, 2, (64,), dtype=torch.uint8), 0.5)
    out.sum().backward()
    assert torch.equal(values.grad, torch.where(out != 0, 2.0, 0.0))


def test_every_dropout_but_the_heads_is_replaced_and_given_back(encoder: Path):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    model.bert.encoder.layer[1].output.dropout.p = 0.0
    names = {name: module for name, module in model.named_modules() if isinstance(module, Dropout)}
    weights = set(model.state_dict())
    masks = DropoutMasks(model, 30, BLOCKS)
    replaced = {name for name, module in model.named_modules() if isinstance(module, DrawnDropout)}
    assert replaced == {
        "bert.embeddings.dropout",
        "bert.encoder.layer.0.attention.output.dropout",
        "bert.encoder.layer.0.output.dropout",
        "bert.encoder.layer.1.attention.output.dropout",
    }
    attention = model.bert.encoder.layer[0].attention.self
    assert [tuple(block.shape) for block in attention.storyflower_dropout_kept] == [(3, 2, 5, 5), (4, 2, 9, 9)]
    assert set(model.state_dict()) == weights
    masks.remove()
    assert {name: module for name, module in model.named_modules() if isinstance(module, Dropout)} == names
    assert not hasattr(attention, "storyflower_dropout_kept")


def test_each_draw_gives_other_masks_and_the_seed_gives_them_again(encoder: Path):
    model = new_classifier(encoder, LABELS, dropout=0.1, seed=1)
    masks, seen = DropoutMasks(model, 30, BLOCKS), []
    for seed in (1, None, 1):
        if seed is not None:
            torch.manual_seed(seed)
        masks.draw()
        seen.append(model.bert.embeddings.dropout.kept.clone())
    assert torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], seen[1])
    assert not torch.equal(model.bert.embeddings.dropout.kept, model.bert.encoder.layer[0].output.dropout.kept)


def test_masks_drawn_in_pieces_are_those_drawn_at_once(many: BertForSequenceClassification, monkeypatch):
    """Whatever the pieces, from the same generator; the shares of hidden states and attention differ here."""
    for module in many.modules():
        if isinstance(module, Dropout) and module not in {
            layer.attention.self.dropout for layer in many.bert.encoder.layer
        }:
            module.p = 0.3
    kept = []
    for words in (2**20, 37, 1):
        monkeypatch.setattr(dropout_module, "WORDS_AT_ONCE", words)
        masks = DropoutMasks(many, 44, BLOCKS)
        torch.manual_seed(3)
        masks.draw()
        kept.append((masks._kept.clone(), torch.rand(1)))
        masks.remove()
    assert all(torch.equal(a, kept[0][0]) and torch.equal(b, kept[0][1]) for a, b in kept[1:])


def test_the_masks_of_long_texts_take_a_byte_for_each_element(many: BertForSequenceClassification):
    """16 texts of 512 tokens: the random words are not all in memory at once."""
    masks = DropoutMasks(many, 16 * 512, ((16, 512),))
    config = many.config
    attention = config.num_hidden_layers * 16 * config.num_attention_heads * 512 * 512
    hidden = (1 + 2 * config.num_hidden_layers) * 16 * 512 * config.hidden_size
    assert masks._kept.nbytes == attention + hidden
    assert masks._words.nbytes <= 8 * 2**20
    masks.remove()
