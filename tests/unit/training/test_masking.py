"""Which tokens an adaptation hides: BERT's rule, the same for a place, a seed and an epoch."""

import numpy as np
import pytest

from storyflower.text.tokenizer import SpecialIds
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.training.masking import HiddenTokens, Masking

SPECIAL = SpecialIds(unk=0, pad=1, cls=2, sep=3, mask=4, blank=(5,))
MASKING = Masking(SPECIAL, vocab_size=1000, share=0.15, seed=7)


def texts_of(*bodies: list[int]) -> TokenSequences:
    rows = [[SPECIAL.cls, *body, SPECIAL.sep] for body in bodies]
    ids = np.array([piece for row in rows for piece in row], np.int32)
    return TokenSequences(ids, offsets_of(np.array(list(map(len, rows)))), np.zeros(len(rows), bool))


def hidden(texts: TokenSequences, epoch: int = 1, masking: Masking = MASKING) -> HiddenTokens:
    return masking.hide(texts, np.arange(len(texts.ids)), epoch)


@pytest.fixture(scope="module")
def many() -> TokenSequences:
    """2,000 texts of 1 to 60 pieces, among them unknown ones and bare blanks."""
    draw = np.random.default_rng(3)
    bodies = [[*draw.integers(6, 1000, n), 0, 5] for n in draw.integers(1, 61, 2000)]
    return texts_of(*bodies)


def test_a_fixed_share_of_the_known_tokens_of_each_text_is_hidden(many: TokenSequences):
    known = np.add.reduceat(np.isin(many.ids, (0, 2, 3, 5), invert=True), many.offsets[:-1], dtype=np.int64)
    expected = np.maximum(1, np.rint(0.15 * known))
    text = np.repeat(np.arange(len(many)), many.lengths)
    assert np.bincount(text[hidden(many).places], minlength=len(many)).tolist() == expected.tolist()
    assert MASKING.counts(many).tolist() == expected.tolist()


def test_special_unknown_and_blank_tokens_are_never_hidden(many: TokenSequences):
    found = hidden(many)
    assert not np.isin(found.answers, (0, 1, 2, 3, 4, 5)).any()
    assert found.answers.tolist() == many.ids[found.places].tolist()
    untouched = np.setdiff1d(np.arange(len(many.ids)), found.places)
    assert found.ids[untouched].tolist() == many.ids[untouched].tolist()


def test_of_the_hidden_tokens_eight_in_ten_are_masked_and_one_is_replaced(many: TokenSequences):
    found = hidden(many)
    read = found.ids[found.places]
    masked, same = read == SPECIAL.mask, read == found.answers
    assert len(read) > 8_000
    assert masked.mean() == pytest.approx(0.8, abs=0.02)
    assert same.mean() == pytest.approx(0.1, abs=0.02)
    replaced = read[~masked & ~same]
    assert not np.isin(replaced, (0, 1, 2, 3, 4)).any()
    assert len(np.unique(replaced)) > 400  # any piece, each about equally often
    assert replaced.max() < 1000


def test_every_token_is_hidden_about_equally_often():
    texts = texts_of(list(range(6, 26)))
    times = np.zeros(22, int)
    for epoch in range(1, 2001):
        times[hidden(texts, epoch).places] += 1
    assert times[[0, 21]].tolist() == [0, 0]
    assert times[1:21].min() > 240  # 300 are expected
    assert times[1:21].max() < 360


def test_the_choice_is_a_function_of_seed_and_epoch(many: TokenSequences):
    first, again = hidden(many), hidden(many)
    assert first.ids.tolist() == again.ids.tolist()
    assert first.ids.tolist() != hidden(many, epoch=2).ids.tolist()
    other = Masking(SPECIAL, vocab_size=1000, share=0.15, seed=8)
    assert first.ids.tolist() != hidden(many, masking=other).ids.tolist()


def test_a_text_is_hidden_in_the_same_way_wherever_it_is_laid_out(many: TokenSequences):
    chosen = np.array([17, 3, 1999])
    places = many.places(chosen)
    alone = MASKING.hide(many.take(chosen), places, 1)
    assert alone.ids.tolist() == hidden(many).ids[places].tolist()


def test_a_text_without_a_known_token_has_none_to_hide():
    texts = texts_of([0, 5, 0], [], [9], list(range(6, 26)))
    assert MASKING.counts(texts).tolist() == [0, 0, 1, 3]
    assert hidden(texts).answers[0] == 9


def test_the_bound_of_a_length_holds(many: TokenSequences):
    assert (MASKING.counts(many) <= MASKING.most(many.lengths)).all()
