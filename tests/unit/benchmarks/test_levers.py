"""The folds that levers are measured on, and the figures that are made of a system's answers."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from benchmarks.quality.measures import Marks, blend, gain, marks_of, plain, weighted
from benchmarks.quality.runs import Answers, Fold
from benchmarks.quality.samples import SKEWED_SHARES, fold_of, sample_of
from storyflower.data.repetition import text_key
from storyflower.sample.corpus import write_sample_workbooks

NAMES = ("기쁨", "슬픔", "분노")


def test_the_folds_hold_every_text_once_and_train_on_none_of_it(tmp_path: Path) -> None:
    training, _ = write_sample_workbooks(tmp_path, training_rows=300, validation_rows=60)
    sample = sample_of("whole", str(training), tmp_path)
    corpora = [fold_of(sample, fold, 3) for fold in range(3)]
    held = [set(corpus.split("validation")["text"].map(text_key)) for corpus in corpora]
    assert not held[0] & held[1] | held[0] & held[2] | held[1] & held[2]
    for corpus, keys in zip(corpora, held, strict=True):
        known = {text_key(text) for name in ("train", "dev") for text in corpus.split(name)["text"]}
        assert not known & keys
        assert known | keys == set.union(*held)
        assert len(corpus.split("validation")["label"].value_counts()) == 6


def test_the_imbalanced_sample_has_its_shares_and_is_drawn_alike(shared: Path, tmp_path: Path) -> None:
    first, again = (sample_of("skewed", f"{shared}/corpus/open_Training.xlsx", tmp_path) for _ in range(2))
    shares = first.rows.usable["label"].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx(SKEWED_SHARES)
    assert first.rows.usable.equals(again.rows.usable)
    assert first.labels.names == tuple(SKEWED_SHARES)


def test_the_balanced_sample_has_as_many_rows_of_each_label(tmp_path: Path) -> None:
    training, _ = write_sample_workbooks(tmp_path, training_rows=300, validation_rows=60)
    whole, balanced = (sample_of(name, str(training), tmp_path).rows.usable["label"] for name in ("whole", "balanced"))
    assert balanced.value_counts().to_dict() == dict.fromkeys(whole.unique(), whole.value_counts().min())


def test_the_small_sample_has_about_2000_rows(shared: Path, tmp_path: Path) -> None:
    sample = sample_of("small", f"{shared}/corpus/open_Training.xlsx", tmp_path)
    assert len(sample.rows.usable) == pytest.approx(2_000, rel=0.02)


def fold(labels: list[int], counts: tuple[int, ...]) -> Fold:
    return Fold(np.repeat([0, 1, 2], counts), np.array(labels), np.array(labels), NAMES)


def test_the_weights_find_the_rare_label_that_the_prior_hides() -> None:
    """Each text's likelihood speaks for its label; times the prior, the frequent label wins everywhere."""
    likelihood = np.array([[4, 1, 1], [4, 1, 1], [1, 3, 1], [1, 1, 3]], float)
    joint = likelihood * (0.8, 0.1, 0.1)
    answers = Answers(joint / joint.sum(axis=1, keepdims=True), joint / joint.sum(axis=1, keepdims=True))
    truth = fold([0, 0, 1, 2], (8, 1, 1))
    assert plain(answers, truth).tolist() == [0, 0, 0, 0]
    assert weighted(answers, truth).tolist() == [0, 0, 1, 2]


def test_a_blend_takes_from_both_what_each_knows() -> None:
    sure, unsure = [0.9, 0.05, 0.05], [0.34, 0.33, 0.33]
    ours = Answers(*[np.array([sure, unsure, unsure])] * 2)
    theirs = Answers(*[np.array([unsure, [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])] * 2)
    truth = fold([0, 1, 2], (1, 1, 1))
    mixed = blend(ours, theirs, truth)
    assert mixed.fold.argmax(axis=1).tolist() == [0, 1, 2]
    assert mixed.fold.sum(axis=1) == pytest.approx(1)


def marks(truth: np.ndarray, *predicted: np.ndarray) -> Marks:
    return Marks(truth, np.stack(predicted), 0.0, len(NAMES))


def test_a_gain_is_the_mean_of_the_seeds_and_paired() -> None:
    draw = np.random.default_rng(1)
    truth = draw.integers(0, 3, 400)
    weak = [np.where(draw.random(400) < 0.5, truth, draw.integers(0, 3, 400)) for _ in range(3)]
    strong = [np.where(draw.random(400) < 0.3, truth, guess) for guess in weak]
    found = gain(marks(truth, *strong), marks(truth, *weak))
    f1 = [[f1_score(truth, guess, average="macro") for guess in system] for system in (strong, weak)]
    assert found.mean == pytest.approx(np.mean(f1[0]) - np.mean(f1[1]))
    assert 0 < found.interval.low < found.mean < found.interval.high
    assert marks(truth, *weak).macro_f1 == pytest.approx(f1[1])
    nothing = gain(marks(truth, *weak), marks(truth, *weak))
    assert (nothing.mean, nothing.interval.low, nothing.interval.high) == (0, 0, 0)


def test_seeds_that_disagree_widen_the_interval() -> None:
    draw = np.random.default_rng(1)
    truth = draw.integers(0, 3, 3_000)
    reference = np.where(draw.random(3_000) < 0.5, truth, draw.integers(0, 3, 3_000))
    better, worse = (np.where(draw.random(3_000) < 0.2, put, reference) for put in (truth, (truth + 1) % 3))
    apart, alike = (gain(marks(truth, *of), marks(truth, reference)).interval for of in ((better, worse), (better,)))
    assert apart.low < 0 < apart.high
    assert apart.high - apart.low > 3 * (alike.high - alike.low)


def test_folds_are_joined_in_order() -> None:
    answers = [[Answers(np.eye(3), np.eye(3)[order]) for order in ([0, 1, 2], [2, 1, 0])]]
    folds = [fold([0, 1, 2], (1, 1, 1)), fold([2, 1, 1], (1, 1, 1))]
    decisions = [[plain(answer, truth) for answer, truth in zip(answers[0], folds, strict=True)]]
    found = marks_of(decisions, answers, folds)
    assert found.truth.tolist() == [0, 1, 2, 2, 1, 1]
    assert found.predicted.tolist() == [[0, 1, 2, 2, 1, 0]]
    assert found.ece == pytest.approx(1 / 6)
    assert found.accuracy == pytest.approx(5 / 6)
