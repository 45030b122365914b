import numpy as np
import pytest

from storyflower.text.tokens import TokenSequences
from storyflower.training.batches import LabelledTokens, epoch_seed, stratified_batches, stratum_bounds


def lengths(n: int) -> np.ndarray:
    """Skewed, as utterances are."""
    return np.clip(np.random.default_rng(1).gamma(6, 6, n).astype(np.int64), 4, 64)


def sizes_of(batches: np.ndarray) -> list[int]:
    return (batches >= 0).sum(axis=1).tolist()


@pytest.mark.parametrize("n", [1, 5, 31, 32, 33, 100, 1000, 1024])
@pytest.mark.parametrize("batch_size", [1, 3, 32, 2000])
def test_every_example_once_and_full_batches_but_for_the_last(n: int, batch_size: int):
    batches = stratified_batches(lengths(n), batch_size, seed=3, epoch=1)
    assert sorted(batches[batches >= 0]) == list(range(n))
    assert batches.shape == (-(-n // batch_size), min(n, batch_size))
    sizes = sizes_of(batches)
    assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
    assert sizes[-1] == n - batch_size * (len(sizes) - 1) <= batch_size


def test_the_number_of_tokens_hardly_varies():
    sizes = lengths(5000)
    tokens = sizes[stratified_batches(sizes, 64, seed=3, epoch=1)[:-1]].sum(axis=1)
    drawn = np.random.default_rng(2).permutation(5000)[: 64 * len(tokens)].reshape(-1, 64)
    assert np.std(tokens) < np.std(sizes[drawn].sum(axis=1)) / 5
    assert max(tokens) < 1.05 * min(tokens)


def test_each_full_batch_takes_one_example_of_each_stratum_from_the_shortest_to_the_longest():
    sizes = np.arange(10, 10 + 60)
    for batch in stratified_batches(sizes, 6, seed=3, epoch=1):
        assert (batch // 10).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("n", "batch_size"), [(1, 4), (7, 3), (50, 16), (64, 16), (1000, 64), (130, 128)])
def test_no_draw_leaves_the_bounds_of_the_strata(n: int, batch_size: int):
    sizes = lengths(n)
    least, most = stratum_bounds(sizes, batch_size)
    seen_least, seen_most = np.full(len(least), 99), np.zeros(len(most))
    for epoch in range(1, 40):
        for batch in stratified_batches(sizes, batch_size, seed=3, epoch=epoch):
            mine = batch >= 0
            seen_least[mine] = np.minimum(seen_least[mine], sizes[batch[mine]])
            seen_most[mine] = np.maximum(seen_most[mine], sizes[batch[mine]])
    assert (seen_least >= least).all()
    assert (seen_most <= most).all()
    assert most.sum() <= seen_most.sum() * 1.1


def test_the_order_depends_on_seed_and_epoch_alone():
    def order(seed: int, epoch: int) -> list[int]:
        return stratified_batches(lengths(200), 16, seed=seed, epoch=epoch).ravel().tolist()

    assert order(3, 1) == order(3, 1)
    assert len({tuple(order(seed, epoch)) for seed in (3, 4) for epoch in (1, 2)}) == 4


def test_examples_of_one_length_meet_others_in_each_epoch():
    batches = [stratified_batches(np.full(40, 9), 4, seed=3, epoch=epoch) for epoch in (1, 2)]
    first, second = ({frozenset(batch.tolist()) for batch in epoch} for epoch in batches)
    assert len(first & second) < 3


def test_the_smaller_last_batch_is_not_always_of_the_shortest():
    sizes = np.arange(100)
    lasts = [stratified_batches(sizes, 16, seed=3, epoch=epoch)[-1] for epoch in range(1, 50)]
    means = [sizes[last[last >= 0]].mean() for last in lasts]
    assert 35 < np.mean(means) < 65


@pytest.mark.parametrize("seed", [0, -1, 2**63])
def test_any_seed_gives_a_seed_for_each_epoch(seed: int):
    seeds = {epoch_seed(seed, epoch) for epoch in range(1, 100)}
    assert len(seeds) == 99
    assert all(0 <= one < 2**64 for one in seeds)


def test_a_split_has_as_many_labels_as_texts_and_some():
    tokens = TokenSequences(np.array([2, 3], np.int32), np.array([0, 2]), np.zeros(1, bool))
    with pytest.raises(ValueError, match="1 token sequences and 2 labels"):
        LabelledTokens(tokens, np.array([0, 1]))
    with pytest.raises(ValueError, match="0 token sequences"):
        LabelledTokens(tokens.take(np.zeros(0, np.int64)), np.zeros(0, np.int64))
