"""The host's memory does not grow with the tokens of a corpus: ids stay on the disk, batches are laid out in pieces."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from storyflower.text.tokens import TokenSequences, load_tokens, offsets_of, save_tokens
from storyflower.training.batches import LabelledTokens, stratified_batches
from storyflower.training.fingerprint import _split_digests
from storyflower.training.static_shape import Part, StaticShape
from storyflower.training.training_job import StaticBatches

ROWS = 5_000
BYTES_A_ROW = 64
"""For lengths, labels and the order of the rows; the tokens of a row took twenty times as much, all laid out."""
LAYOUT = 48 * 2**20
"""For the batches that are laid out together."""


@pytest.mark.parametrize("times", [1, 10, 100])
def test_a_corpus_of_many_times_the_rows(tmp_path: Path, times: int) -> None:
    rows = ROWS * times
    draw = np.random.default_rng(times)
    lengths = draw.normal(35, 10, rows).round().clip(5, 64).astype(np.int64)
    offsets = offsets_of(lengths)
    ids = draw.integers(5, 8002, int(offsets[-1]), dtype=np.int32)
    labels = draw.integers(0, 6, rows)
    save_tokens(tmp_path, TokenSequences(ids, offsets, np.zeros(rows, bool)))
    del ids, offsets

    tracemalloc.start()
    tokens = load_tokens(tmp_path)
    chosen = np.flatnonzero(np.arange(rows) % 10 != 0)
    train = LabelledTokens(tokens.take_mapped(chosen, tmp_path), labels[chosen])
    assert len(_split_digests(train)) == 3
    order = stratified_batches(train.tokens.lengths, 64, seed=1, epoch=1)
    shape = StaticShape.of(train.tokens.lengths, 64, 1)
    batches = StaticBatches(train, order, shape, Part(), "cpu", pad_id=1)
    seen = sum(int((batches[i].shares > 0).sum()) for i in range(0, len(batches), 10))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seen == sum(batches.examples[::10])
    assert peak < LAYOUT + BYTES_A_ROW * rows
