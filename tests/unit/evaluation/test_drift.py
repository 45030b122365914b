import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.labels import MAJORS, label_map
from storyflower.data.schema import validate
from storyflower.data.workbook import read_workbook
from storyflower.evaluation.drift import LARGE, NOTABLE, DriftReport, compare_profiles
from storyflower.evaluation.profile import CorpusProfile, profile_of
from storyflower.recipe_data import CorpusRecipe, DataRecipe
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.text.sentencepiece import KoBertTokenizer, kobert_ids
from storyflower.text.tokens import TokenSequences

MAX_LEN = 64


def read_corpus(training: Path, validation: Path, tmp_path: Path) -> Corpus:
    recipe = DataRecipe()
    books = [validate(read_workbook(str(path), recipe, tmp_path), recipe) for path in (training, validation)]
    return build_corpus(books[0], books[1], CorpusRecipe(), label_map("major"))


def profiled(corpus: Corpus, tokens: TokenSequences, rows: np.ndarray) -> CorpusProfile:
    some = replace(corpus, frame=corpus.frame.iloc[rows])
    return profile_of(some, tokens.take(rows), vocabulary="v", special_ids=kobert_ids(517), max_len=MAX_LEN)


@pytest.fixture(scope="module")
def tokenizer(shared: Path) -> KoBertTokenizer:
    return KoBertTokenizer(shared / "kobert-mini" / "spiece.model")


@pytest.fixture(scope="module")
def opened(
    shared: Path, tokenizer: KoBertTokenizer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Corpus, TokenSequences, np.ndarray]:
    """The open corpus, its tokens, and the training rows in a random order."""
    folder = shared / "corpus"
    corpus = read_corpus(
        folder / "open_Training.xlsx", folder / "open_Validation.xlsx", tmp_path_factory.mktemp("downloads")
    )
    rows = np.flatnonzero(corpus.frame["split"] != "validation")
    tokens = tokenizer.encode_batch(corpus.frame["text"].tolist(), MAX_LEN)
    return corpus, tokens, np.random.default_rng(7).permutation(rows)


Opened = tuple[Corpus, TokenSequences, np.ndarray]


def readings(report: DriftReport) -> dict[str, str]:
    return {drift.measure: drift.reading for drift in report.drifts}


def test_halves_of_one_corpus_are_alike(opened: Opened) -> None:
    corpus, tokens, rows = opened
    report = compare_profiles(profiled(corpus, tokens, rows[::2]), profiled(corpus, tokens, rows[1::2]))
    assert set(readings(report).values()) == {"small"}
    assert max(drift.beyond_chance for drift in report.drifts) < 0.04
    assert report.reading == "small"


def test_a_small_sample_differs_by_chance_alone(opened: Opened) -> None:
    corpus, tokens, rows = opened
    report = compare_profiles(profiled(corpus, tokens, rows), profiled(corpus, tokens, rows[:100]))
    distance = {drift.measure: drift.distance for drift in report.drifts}
    assert distance["tokens"] > LARGE
    assert report.reading == "small"


def test_labels_out_of_balance(opened: Opened) -> None:
    corpus, tokens, rows = opened
    labels = corpus.frame["label"].to_numpy()[rows]
    without = np.concatenate([rows[labels != 0], rows[labels == 0][::2]])
    report = compare_profiles(profiled(corpus, tokens, rows), profiled(corpus, tokens, without))
    assert readings(report) == {"labels": "notable", "tokens": "small", "unknown": "small", "lengths": "small"}
    old, new = report.label_shares["기쁨"]
    assert old > new

    shuffled = corpus.frame["label"].map(dict(enumerate([3, 5, 1, 0, 4, 2])))
    renamed = replace(corpus, frame=corpus.frame.assign(label=shuffled))
    report = compare_profiles(profiled(corpus, tokens, rows), profiled(renamed, tokens, rows))
    assert readings(report)["labels"] == "large"


def test_other_words(opened: Opened, tokenizer: KoBertTokenizer, tmp_path: Path) -> None:
    corpus, tokens, rows = opened
    sample = read_corpus(*write_sample_workbooks(tmp_path, training_rows=600, validation_rows=120), tmp_path)
    sample_tokens = tokenizer.encode_batch(sample.frame["text"].tolist(), MAX_LEN)
    other = profiled(sample, sample_tokens, np.arange(len(sample.frame)))
    report = compare_profiles(profiled(corpus, tokens, rows), other)
    assert readings(report)["tokens"] == readings(report)["lengths"] == "large"
    assert report.reading == "large"


@pytest.mark.parametrize(("share", "reading"), [(0.0, "small"), (0.03, "notable"), (0.1, "large")])
def test_unknown_tokens(opened: Opened, share: float, reading: str) -> None:
    corpus, tokens, rows = opened
    ids = tokens.ids.copy()
    ids[(np.random.default_rng(0).random(len(ids)) < share) & (ids > 4)] = 0
    broken = replace(tokens, ids=ids)
    report = compare_profiles(profiled(corpus, tokens, rows), profiled(corpus, broken, rows))
    assert readings(report)["unknown"] == reading
    assert report.unk_share[1] == pytest.approx(report.unk_share[0] + share, abs=0.01)


def of_lengths(lengths: list[int], max_len: int, vocabulary: str = "v") -> CorpusProfile:
    corpus = Corpus(
        pd.DataFrame({"label": [0, 1] * (len(lengths) // 2), "split": "train"}),
        {},
        label_map("major"),
        pd.DataFrame(),
        (),
    )
    ids = np.concatenate([[2, *[9] * (min(length, max_len) - 2), 3] for length in lengths]).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum([min(length, max_len) for length in lengths])])
    tokens = TokenSequences(ids, offsets, np.array(lengths) > max_len)
    return profile_of(corpus, tokens, vocabulary=vocabulary, special_ids=kobert_ids(8), max_len=max_len)


def test_lengths_are_compared_where_both_would_be_cut() -> None:
    lengths = [5, 9, 20, 30] * 100
    report = compare_profiles(of_lengths(lengths, 64), of_lengths(lengths, 16))
    assert {drift.measure: drift.distance for drift in report.drifts}["lengths"] == 0.0
    assert report.mean_length == (16.0, 11.5)


def test_of_different_vocabularies_only_the_labels_are_compared() -> None:
    report = compare_profiles(of_lengths([5, 9] * 50, 64), of_lengths([5, 9] * 50, 64, vocabulary="w"))
    assert readings(report) == {"labels": "small"}


def test_the_report_is_plain_json() -> None:
    report = compare_profiles(of_lengths([5, 9] * 50, 64), of_lengths([30, 40] * 50, 64))
    values = json.loads(json.dumps(report.to_json(), ensure_ascii=False, allow_nan=False))
    assert values["reading"] == "large"
    assert values["bounds"] == {"notable": NOTABLE, "large": LARGE}
    assert [drift["measure"] for drift in values["drifts"]] == ["labels", "tokens", "unknown", "lengths"]
    assert list(values["label_shares"]) == list(MAJORS)


def test_the_same_profiles_give_the_same_figures() -> None:
    pair = of_lengths([5, 9] * 50, 64), of_lengths([5, 10] * 50, 64)
    again = [CorpusProfile.from_json(profile.to_json()) for profile in pair]
    assert compare_profiles(*pair) == compare_profiles(*again)
