from pathlib import Path

import numpy as np
import pytest

from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.labels import label_map
from storyflower.data.schema import validate
from storyflower.data.workbook import read_workbook
from storyflower.evaluation.baseline import fit_baseline
from storyflower.evaluation.metrics import evaluate_predictions
from storyflower.recipe_parts import CorpusRecipe, DataRecipe

TEXTS = ["정말 고마워", "고마운 마음이 들어", "너무 화가 나", "화를 참을 수 없어"] * 3
LABELS = np.array([0, 0, 2, 2] * 3)


def test_it_learns_and_knows_its_labels() -> None:
    found = fit_baseline(TEXTS, LABELS, 3).predict_proba(["고마워요", "화가 났어"])
    assert found.argmax(axis=1).tolist() == [0, 2]
    assert found.shape == (2, 3)
    assert found.sum(axis=1) == pytest.approx(1)


def test_a_label_without_training_texts_has_probability_zero() -> None:
    assert fit_baseline(TEXTS, LABELS, 4).predict_proba(["고마워"])[0, [1, 3]].tolist() == [0, 0]


def test_the_same_texts_give_the_same_probabilities() -> None:
    first, second = (fit_baseline(TEXTS, LABELS, 3).predict_proba(["모르는 말"]) for _ in range(2))
    assert np.array_equal(first, second)


def test_texts_that_share_no_character_teach_nothing_and_break_nothing() -> None:
    found = fit_baseline(["가", "나", "다", "라", "마", "바"], np.array([0, 1] * 3), 2).predict_proba(["가", "나"])
    assert found == pytest.approx(0.5, abs=1e-3)


def test_case_matters() -> None:
    fitted = fit_baseline(["OK", "ok"] * 4, np.array([0, 1] * 4), 2)
    assert fitted.predict_proba(["OK", "ok"]).argmax(axis=1).tolist() == [0, 1]


def test_one_label_alone_cannot_be_learnt() -> None:
    with pytest.raises(ValueError, match="class"):
        fit_baseline(TEXTS, np.zeros(len(TEXTS), int), 2)


@pytest.mark.slow
def test_the_open_corpus_gives_the_known_figures(shared: Path, tmp_path: Path) -> None:
    corpus = open_corpus(shared, tmp_path)
    train, validation = corpus.split("train"), corpus.split("validation")
    fitted = fit_baseline(train["text"].tolist(), train["label"].to_numpy(), 6)
    found = evaluate_predictions(
        validation["label"].to_numpy(), fitted.predict_proba(validation["text"].tolist()), corpus.label_map.names
    )
    assert found.accuracy == pytest.approx(0.69, abs=0.02)
    assert found.macro_f1 == pytest.approx(0.605, abs=0.02)


def open_corpus(shared: Path, tmp_path: Path) -> Corpus:
    recipe = DataRecipe()
    books = [
        validate(read_workbook(f"{shared}/corpus/open_{name}.xlsx", recipe, tmp_path), recipe)
        for name in ("Training", "Validation")
    ]
    return build_corpus(books[0], books[1], CorpusRecipe(), label_map("major"))
