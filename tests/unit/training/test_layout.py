from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from storyflower.text.sentencepiece import PAD_ID
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.training.batches import LabelledTokens, stratified_batches
from storyflower.training.static_shape import Part, StaticShape
from storyflower.training.training_job import StaticBatches

CASES = [(1, 4, 1), (3, 64, 1), (7, 3, 1), (50, 16, 1), (64, 16, 2), (130, 64, 4), (65, 64, 3), (500, 64, 1)]


def examples(n: int) -> LabelledTokens:
    """Texts whose ids encode the text and the position."""
    lengths = np.clip(np.random.default_rng(1).gamma(6, 6, n).astype(np.int64), 2, 64)
    ids = np.concatenate([1000 * (i + 1) + np.arange(length) for i, length in enumerate(lengths)])
    return LabelledTokens(
        TokenSequences(ids.astype(np.int32), offsets_of(lengths), np.zeros(n, bool)), np.arange(n) % 6
    )


def rows(batch) -> list[torch.Tensor]:
    bounds = batch.packed.cu_seqlens.tolist()
    return [batch.packed.input_ids[0, a:b] for a, b in pairwise(bounds)]


@pytest.mark.parametrize(("n", "batch_size", "parts"), CASES)
def test_all_parts_together_hold_every_text_once_with_its_label_and_share(n: int, batch_size: int, parts: int):
    split = examples(n)
    order = stratified_batches(split.tokens.lengths, batch_size, seed=3, epoch=2)
    shape = StaticShape.of(split.tokens.lengths, batch_size, parts)
    halves = [StaticBatches(split, order, shape, Part(i, parts), "cpu", pad_id=PAD_ID) for i in range(parts)]
    seen = []
    for b in range(len(order)):
        shares = 0.0
        for batches in halves:
            batch = batches[b]
            for row, label, share in zip(rows(batch), batch.labels, batch.shares, strict=True):
                if share == 0:
                    assert set(row.tolist()) == {PAD_ID}
                    continue
                i = int(row[0]) // 1000 - 1
                assert row.tolist() == split.tokens.sequence(i).tolist()
                assert label == split.labels[i]
                seen.append((b, i))
                shares += share.item()
            assert batches.examples[b] == (order[b] >= 0).sum()
        assert shares == pytest.approx(1)
    assert sorted(i for _, i in seen) == list(range(n))
    assert all(i in order[b] for b, i in seen)


@pytest.mark.parametrize(("n", "batch_size", "parts"), CASES)
def test_targets_stand_beside_the_labels_of_their_texts(n: int, batch_size: int, parts: int):
    split = examples(n)
    split = replace(split, targets=np.random.default_rng(2).random((n, 6)).astype(np.float32))
    order = stratified_batches(split.tokens.lengths, batch_size, seed=3, epoch=2)
    shape = StaticShape.of(split.tokens.lengths, batch_size, parts)
    seen = 0
    for i in range(parts):
        for batch in StaticBatches(split, order, shape, Part(i, parts), "cpu", pad_id=PAD_ID):
            for row, target, share in zip(rows(batch), batch.targets, batch.shares, strict=True):
                text = int(row[0]) // 1000 - 1
                assert target.tolist() == ([0] * 6 if share == 0 else split.targets[text].tolist())
                seen += int(share > 0)
    assert seen == n


@pytest.mark.parametrize(("n", "batch_size", "parts"), CASES)
def test_every_batch_of_every_epoch_has_the_same_shape(n: int, batch_size: int, parts: int):
    split = examples(n)
    shape = StaticShape.of(split.tokens.lengths, batch_size, parts)
    longest = split.tokens.lengths.max()
    for epoch in range(1, 6):
        order = stratified_batches(split.tokens.lengths, batch_size, seed=3, epoch=epoch)
        for i in range(parts):
            batches = StaticBatches(split, order, shape, Part(i, parts), "cpu", pad_id=PAD_ID)
            assert len(batches) == len(order)
            for b in range(len(order)):
                packed = batches[b].packed
                sizes = packed.cu_seqlens.diff()
                assert packed.input_ids.shape == packed.position_ids.shape == (1, shape.tokens)
                assert (len(packed), packed.cu_seqlens[-1]) == (shape.rows, shape.tokens)
                assert 1 <= sizes.min() <= sizes.max() <= longest
                assert packed.position_ids.max() == sizes.max() - 1
                assert packed.blocks == shape.blocks


@pytest.mark.parametrize(("n", "batch_size", "parts"), CASES)
def test_slots_put_each_row_into_its_own_row_of_the_blocks(n: int, batch_size: int, parts: int):
    split = examples(n)
    shape = StaticShape.of(split.tokens.lengths, batch_size, parts)
    order = stratified_batches(split.tokens.lengths, batch_size, seed=3, epoch=1)
    packed = StaticBatches(split, order, shape, Part(0, parts), "cpu", pad_id=PAD_ID)[len(order) - 1].packed
    widths = np.repeat([width for _, width in shape.blocks], [count for count, _ in shape.blocks])
    starts = np.cumsum(widths) - widths
    expected = [start + np.arange(size) for start, size in zip(starts, packed.cu_seqlens.diff().numpy(), strict=True)]
    assert packed.slots.tolist() == np.concatenate(expected).tolist()
    assert (packed.cu_seqlens.diff().numpy() <= widths).all()


def test_hardly_a_token_in_fifty_is_filled_in():
    split = examples(5000)
    shape = StaticShape.of(split.tokens.lengths, 64, 1)
    assert shape.tokens * (5000 // 64) < len(split.tokens.ids) * 1.02


def test_parts_share_the_rows_evenly():
    assert Part(0, 2).columns(5).tolist() == [0, 2, 4]
    assert Part(1, 2).columns(5).tolist() == [1, 3, -1]
    assert Part().columns(3).tolist() == [0, 1, 2]


@pytest.mark.parametrize("tokens_at_once", [1, 5_000, 2**40])
def test_batches_laid_out_in_pieces_are_those_laid_out_together(tokens_at_once: int):
    split = examples(500)
    order = stratified_batches(split.tokens.lengths, 64, seed=3, epoch=1)
    shape = StaticShape.of(split.tokens.lengths, 64, 1)
    together = StaticBatches(split, order, shape, Part(), "cpu", pad_id=PAD_ID)
    pieces = StaticBatches(split, order, shape, Part(), "cpu", pad_id=PAD_ID, tokens_at_once=tokens_at_once)
    for i in (*range(len(order)), 0):
        for a, b in ((one, other) for one, other in zip(tensors(together[i]), tensors(pieces[i]), strict=True)):
            assert torch.equal(a, b)


def tensors(batch) -> list[torch.Tensor]:
    packed = batch.packed
    return [packed.input_ids, packed.position_ids, packed.cu_seqlens, packed.slots, batch.labels, batch.shares]


def other_lengths(lengths: np.ndarray, seed: int) -> np.ndarray:
    """As texts have them in another epoch: one in ten a token longer or shorter, as many of either."""
    changed = lengths.copy()
    chosen = np.random.default_rng(seed).permutation(len(lengths))[: len(lengths) // 10]
    changed[chosen] += np.where(np.arange(len(chosen)) % 2, 1, -1)
    return np.maximum(changed, 2)


@pytest.mark.parametrize(("n", "batch_size", "parts"), CASES)
def test_texts_that_are_segmented_anew_keep_their_shape(n: int, batch_size: int, parts: int):
    split = examples(n)
    lengths = split.tokens.lengths
    shape = StaticShape.of(lengths, batch_size, parts, changing_up_to=512)
    exact = StaticShape.of(lengths, batch_size, parts)
    assert exact.holds(lengths, batch_size, parts)
    assert shape.holds(lengths, batch_size, parts)
    assert shape.tokens <= 1.02 * exact.tokens + 16
    held = 0
    for epoch in range(2, 9):
        changed = other_lengths(lengths, seed=epoch)
        if not shape.holds(changed, batch_size, parts):
            continue
        held += 1
        order = stratified_batches(changed, batch_size, seed=3, epoch=epoch)
        ids = np.full(changed.sum(), 7, np.int32)
        other = LabelledTokens(TokenSequences(ids, offsets_of(changed), np.zeros(n, bool)), split.labels)
        texts = 0
        for i in range(parts):
            for batch in StaticBatches(other, order, shape, Part(i, parts), "cpu", pad_id=PAD_ID):
                sizes = batch.packed.cu_seqlens.diff()
                assert int(sizes.sum()) == shape.tokens
                assert len(sizes) == shape.rows
                assert 1 <= sizes.min() <= sizes.max() <= shape.bounds[-1]
                assert (sizes[: len(shape.bounds)].numpy() <= np.array(shape.bounds)).all()
                texts += int((batch.packed.input_ids == 7).sum())
        assert texts == changed.sum()
    assert held == 7 if n >= 500 else held > 0
    assert not exact.holds(lengths + 1, batch_size, parts)
    assert not shape.holds(2 * lengths, batch_size, parts)
    assert not shape.holds(np.full(n, 2), batch_size, parts)


def test_texts_that_are_segmented_anew_have_no_more_tokens_than_the_encoder_takes():
    lengths = examples(500).tokens.lengths
    assert StaticShape.of(lengths, 64, 1, changing_up_to=64).bounds[-1] == 64 == lengths.max()
    assert StaticShape.of(lengths, 64, 1, changing_up_to=512).bounds[-1] == 72
