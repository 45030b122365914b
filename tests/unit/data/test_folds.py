"""Folds of a corpus: stratified, grouped by text, without the validation workbook, the same for the same texts."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.folds import fold_corpus, fold_of_each, require_texts_in_folds
from storyflower.data.labels import MAJORS, LabelMap, label_map
from storyflower.data.repetition import with_keys
from storyflower.data.schema import CheckedWorkbook
from storyflower.errors import DataContractError
from storyflower.recipe_data import CorpusRecipe

FOLDS = 5
RECIPE = CorpusRecipe(dev_share=0.2)


@pytest.fixture
def corpus(check: Callable[..., CheckedWorkbook]) -> Corpus:
    """21 texts of each emotion but one, of which there are two; some in several spellings; and two for validation."""
    rows = [(major, f"{major} 문장 {number}번") for major in MAJORS[:5] for number in range(21)]
    spellings = [("기쁨", f"기쁨 문장 {number}번{end}") for number in range(5) for end in ("!", "…")]
    rare = [(MAJORS[5], "하나"), (MAJORS[5], "둘")]
    validation = [("기쁨", "검증 하나"), ("슬픔", "검증 둘")]
    books = check([*rows, *spellings, *rare], name="t.xlsx"), check(validation, name="v.xlsx")
    return build_corpus(*books, RECIPE, label_map("major"))


def test_every_training_text_is_in_one_fold_and_no_text_for_validation_is(corpus: Corpus) -> None:
    fold = fold_of_each(corpus, FOLDS, seed=1)
    in_validation = (corpus.frame["split"] == "validation").to_numpy()
    assert (fold[in_validation] == -1).all()
    assert set(fold[~in_validation]) == set(range(FOLDS))
    for number in range(FOLDS):
        part, rows = fold_corpus(corpus, number, FOLDS, CorpusRecipe(split_seed=1))
        assert rows.tolist() == np.flatnonzero(~in_validation).tolist()
        assert part.frame["text"].tolist() == corpus.frame["text"].iloc[rows].tolist()
        assert part.frame["label"].tolist() == corpus.frame["label"].iloc[rows].tolist()
        held = (part.frame["split"] == "validation").to_numpy()
        assert np.array_equal(held, fold[rows] == number)
        assert not part.frame["text"].str.startswith("검증").any()
        assert with_keys(part.frame)["text_key"].is_unique


def test_labels_are_spread_evenly(corpus: Corpus) -> None:
    fold = fold_of_each(corpus, FOLDS, seed=1)
    labels = corpus.frame["label"].to_numpy()
    for label in range(6):
        counts = np.bincount(fold[(labels == label) & (fold >= 0)], minlength=FOLDS)
        assert counts.max() - counts.min() <= 1
    sizes = np.bincount(fold[fold >= 0])
    assert sizes.max() - sizes.min() <= 1


def test_a_dev_split_is_drawn_in_every_fold_and_every_label_can_be_trained_on(corpus: Corpus) -> None:
    for number in range(FOLDS):
        part, _ = fold_corpus(corpus, number, FOLDS, RECIPE)
        counts = part.frame.groupby("split")["label"].nunique()
        assert counts["train"] == 6
        assert counts["dev"] >= 5
        train, dev = len(part.split("train")), len(part.split("dev"))
        assert dev / (train + dev) == pytest.approx(RECIPE.dev_share, abs=0.05)


def test_the_seed_and_the_texts_decide(corpus: Corpus) -> None:
    assert np.array_equal(fold_of_each(corpus, FOLDS, seed=1), fold_of_each(corpus, FOLDS, seed=1))
    assert not np.array_equal(fold_of_each(corpus, FOLDS, seed=1), fold_of_each(corpus, FOLDS, seed=2))


def can_be_trained(corpus: Corpus, folds: int) -> bool:
    """Whether every fold has examples of all three splits."""
    parts = [fold_corpus(corpus, number, folds, RECIPE)[0] for number in range(folds)]
    return all(set(part.frame["split"]) == {"train", "dev", "validation"} for part in parts)


@pytest.mark.parametrize("counts", [(2, 2), (3, 3), (4, 2), (2,) * 6])
def test_folds_with_too_few_texts_are_refused_and_the_advice_can_be_followed(
    counts: tuple[int, ...], check: Callable[..., CheckedWorkbook], in_english: None
) -> None:
    names = MAJORS[: len(counts)]
    rows = [(name, f"{name} {number}") for name, n in zip(names, counts, strict=True) for number in range(n)]
    books = check(rows, name="t.xlsx"), check([("기쁨", "검증")], name="v.xlsx")
    corpus, refused = build_corpus(*books, RECIPE, LabelMap(names)), []
    for folds in range(2, 9):
        if can_be_trained(corpus, folds):
            require_texts_in_folds(corpus, folds)
            continue
        with pytest.raises(DataContractError, match=rf"^--folds {folds}: there are too few training texts") as raised:
            require_texts_in_folds(corpus, folds)
        assert f"기쁨 ({counts[0]}), 슬픔 ({counts[1]})" in raised.value.problem
        advised = re.search(r"Give --folds (\d+)", raised.value.remedy)
        assert can_be_trained(corpus, int(advised[1])) if advised else max(counts) < 4
        refused.append(folds)
    assert refused
