from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from storyflower.data import mapped
from storyflower.data.corpus import Corpus, build_corpus
from storyflower.data.labels import MAJORS, label_map
from storyflower.data.rare_labels import plan_labels
from storyflower.data.schema import validate
from storyflower.data.workbook import read_workbook
from storyflower.evaluation import baseline, regressions
from storyflower.evaluation.baseline import fit_baseline, groups_of, has_many, out_of_fold, places_to_fit, sampling
from storyflower.evaluation.metrics import evaluate_predictions
from storyflower.recipe_data import CorpusRecipe, DataRecipe

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


def test_texts_that_share_no_character_raise_no_error() -> None:
    found = fit_baseline(["가", "나", "다", "라", "마", "바"], np.array([0, 1] * 3), 2).predict_proba(["가", "나"])
    assert found == pytest.approx(0.5, abs=1e-3)


def test_case_matters() -> None:
    fitted = fit_baseline(["OK", "ok"] * 4, np.array([0, 1] * 4), 2)
    assert fitted.predict_proba(["OK", "ok"]).argmax(axis=1).tolist() == [0, 1]


def test_one_label_alone_cannot_be_learnt() -> None:
    with pytest.raises(ValueError, match="class"):
        fit_baseline(TEXTS, np.zeros(len(TEXTS), int), 2)


def test_without_class_weights_the_frequent_label_is_more_probable() -> None:
    texts, labels = ["가나", "다라"] * 2 + ["가나"] * 8, np.array([0, 1] * 2 + [0] * 8)
    plain, balanced = (fit_baseline(texts, labels, 2, balanced=way).predict_proba(["마바"]) for way in (False, True))
    assert plain[0, 0] > balanced[0, 0] + 0.1


def test_of_many_texts_a_part_of_each_frequent_label_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "MOST_TEXTS", 100)
    monkeypatch.setattr(baseline, "LEAST_OF_A_LABEL", 5)
    labels = np.repeat([0, 1, 3, 4], [600, 380, 16, 4])
    places = places_to_fit(labels)
    assert np.array_equal(np.unique(places), places)
    assert np.bincount(labels[places]).tolist() == [60, 38, 0, 5, 4]
    assert np.diff(places).max() > 12, "every tenth text would follow the order of the workbook"
    assert np.array_equal(places_to_fit(labels[:100]), np.arange(100))
    assert sampling(100) == {}
    assert sampling(101) != sampling(100)


def test_a_sample_is_fitted_and_every_text_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, labels = [f"{text} {n}" for n, text in enumerate(TEXTS * 20)], np.tile(LABELS, 20)
    whole = fit_baseline(texts, labels, 3).predict_proba(texts)
    monkeypatch.setattr(baseline, "LEAST_OF_A_LABEL", 5)
    with monkeypatch.context() as few:
        few.setattr(baseline, "MOST_TEXTS", 100)
        places = places_to_fit(labels)
        found = fit_baseline(texts, labels, 3).predict_proba(pd.Series(texts, dtype="str"))
        assert out_of_fold(texts, labels, 3).argmax(axis=1).tolist() == labels.tolist()
    assert len(places) == 100
    assert np.array_equal(found, fit_baseline([texts[i] for i in places], labels[places], 3).predict_proba(texts))
    assert not np.allclose(found, whole)


def test_answers_do_not_depend_on_how_many_are_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = fit_baseline(TEXTS, LABELS, 3)
    at_once = fitted.predict_proba(TEXTS)
    monkeypatch.setattr(mapped, "ROWS_AT_ONCE", 2)
    assert np.array_equal(fitted.predict_proba(TEXTS), at_once)


def test_out_of_fold_no_text_knows_its_own_label() -> None:
    """Labels that cannot be learnt: fitted on, they are known by heart; out of fold they are not known at all."""
    draw = np.random.default_rng(3)
    texts, labels = [f"문장{number}" for number in draw.permutation(60)], draw.permutation(np.arange(60) % 2)
    by_heart = fit_baseline(texts, labels, 2).predict_proba(texts)
    found = out_of_fold(texts, labels, 2)
    assert (by_heart.argmax(axis=1) == labels).mean() > 0.7
    assert (found.argmax(axis=1) == labels).mean() < 0.6
    assert found.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(found, out_of_fold(texts, labels, 2))


def test_out_of_fold_what_can_be_learnt_is_learnt() -> None:
    texts = [f"{text} {number}" for number, text in enumerate(TEXTS)]
    assert out_of_fold(texts, LABELS, 3).argmax(axis=1).tolist() == LABELS.tolist()


def test_out_of_fold_a_label_of_one_text_is_unknown_in_its_own_fold() -> None:
    found = out_of_fold([*(f"화가 나 {n}" for n in range(5)), "고마워"], np.array([1] * 5 + [0]), 2)
    assert found[5].tolist() == [0, 1]
    assert found.sum(axis=1) == pytest.approx(1)


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


def open_corpus(shared: Path, tmp_path: Path, label_set: Literal["major", "fine"] = "major") -> Corpus:
    """Of the fine labels those that two training texts have."""
    recipe = DataRecipe(label_set=label_set)
    training, validation = (
        validate(read_workbook(f"{shared}/corpus/open_{name}.xlsx", recipe, tmp_path), recipe)
        for name in ("Training", "Validation")
    )
    plan = plan_labels([training], [validation], label_map(label_set), "leave_out")
    return build_corpus(training, validation, CorpusRecipe(), plan.label_map)


FINE_NAMES = ("기쁨/감사하는", "기쁨/안도", "분노/툴툴대는", "분노/성가신", "슬픔/슬픔")
FINE_TEXTS = [
    *("정말 고마워", "고마운 마음이 들어", "마음이 놓여", "이제 안심이야"),
    *("불평만 하게 돼", "투덜대고 싶어", "너무 귀찮아", "귀찮게 하지 마", "눈물이 난다", "슬퍼서 눈물이"),
] * 3
FINE_LABELS = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4] * 3)


def test_labels_of_one_major_are_a_group() -> None:
    groups = groups_of(FINE_NAMES)
    assert groups is not None
    assert groups.tolist() == [0, 0, 1, 1, 2]
    # Without two labels in a group, or with all of them in one, there is nothing to divide.
    for names in (MAJORS, ("a", "b/c"), ("기쁨/안도", "기쁨/감사하는"), ()):
        assert groups_of(names) is None


def test_grouped_labels_are_learnt_and_their_probabilities_sum_to_one() -> None:
    groups = groups_of(FINE_NAMES)
    fitted = fit_baseline(FINE_TEXTS, FINE_LABELS, 5, groups)
    found = fitted.predict_proba(["고마워요", "안심이야", "투덜대고", "귀찮아", "눈물이", "모르는 말"])
    assert found.argmax(axis=1)[:5].tolist() == [0, 1, 2, 3, 4]
    assert found.sum(axis=1) == pytest.approx(1)
    again = fit_baseline(FINE_TEXTS, FINE_LABELS, 5, groups).predict_proba(["모르는 말"])
    assert np.array_equal(again[0], found[5])


def test_grouped_labels_that_the_texts_lack_have_probability_zero() -> None:
    groups = groups_of(FINE_NAMES)
    for absent in ((1,), (0, 1), (0, 1, 4), (2, 3, 4)):
        kept = ~np.isin(FINE_LABELS, absent)
        texts = [text for text, is_kept in zip(FINE_TEXTS, kept, strict=True) if is_kept]
        found = fit_baseline(texts, FINE_LABELS[kept], 5, groups).predict_proba(["고마워", "귀찮아"])
        assert (found[:, list(absent)] == 0).all()
        assert found.sum(axis=1) == pytest.approx(1)
    with pytest.raises(ValueError, match="class"):
        fit_baseline(FINE_TEXTS, np.zeros(len(FINE_TEXTS), int), 5, groups)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two labels are few, and three are many."""
    monkeypatch.setattr(regressions, "MOST_TOGETHER", 2)


def test_many_are_labels_without_groups_majors_or_minors_of_one_major() -> None:
    apart = [str(number) for number in range(13)]
    for names in (apart, [f"{name}/a" for name in apart] + ["0/b"], ["a", *(f"b/{name}" for name in apart)]):
        assert has_many(names)
        assert not has_many(names[1:-1])
    assert not has_many([f"{major}/{minor}" for major in range(6) for minor in range(10)])
    assert not has_many(())


@pytest.mark.usefixtures("many")
def test_many_labels_are_learnt_and_their_probabilities_sum_to_one() -> None:
    asked = ["고마워요", "안심이야", "투덜대고", "귀찮아", "눈물이", "모르는 말"]
    found, again = (fit_baseline(FINE_TEXTS, FINE_LABELS, 5).predict_proba(asked) for _ in range(2))
    assert found.argmax(axis=1)[:5].tolist() == [0, 1, 2, 3, 4]
    assert found.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(found, again)


@pytest.mark.usefixtures("many")
def test_of_many_labels_those_that_the_texts_lack_have_probability_zero() -> None:
    for absent in ((1,), (0, 4), (0, 1, 4)):
        kept = ~np.isin(FINE_LABELS, absent)
        texts = [text for text, is_kept in zip(FINE_TEXTS, kept, strict=True) if is_kept]
        found = fit_baseline(texts, FINE_LABELS[kept], 5).predict_proba(["고마워", "귀찮아"])
        assert (found[:, list(absent)] == 0).all()
        assert found.sum(axis=1) == pytest.approx(1)
    with pytest.raises(ValueError, match="class"):
        fit_baseline(FINE_TEXTS, np.zeros(len(FINE_TEXTS), int), 5)


@pytest.mark.usefixtures("many")
def test_many_labels_in_a_group_are_weighted_as_outside() -> None:
    """A label of one text in twelve: balanced it is as probable as the others, where a text says nothing."""
    texts, labels = ["가나", "다라", "마바", "사아"] * 2 + ["가나"] * 16, np.array([0, 1, 2, 3] * 2 + [0] * 16)
    for groups in (None, np.array([0, 0, 0, 1])):
        plain, balanced = (
            fit_baseline(texts, labels, 4, groups, balanced=way).predict_proba(["자차"]) for way in (False, True)
        )
        assert plain[0, 0] > balanced[0, 0] + 0.1


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("balanced", [False, True])
def test_of_many_labels_a_part_of_the_other_texts_weighs_as_all(
    balanced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{text} {number}" for number, text in enumerate(FINE_TEXTS * 8)]
    labels, asked = np.tile(FINE_LABELS, 8), ["고마워요", "귀찮아", "모르는 말"]
    whole = fit_baseline(texts, labels, 5, balanced=balanced).predict_proba(asked)
    monkeypatch.setattr(regressions, "LEAST_OTHERS", 10)
    part = fit_baseline(texts, labels, 5, balanced=balanced).predict_proba(asked)
    assert not np.array_equal(part, whole)
    assert part == pytest.approx(whole, abs=0.1)
    assert part.argmax(axis=1)[:2].tolist() == whole.argmax(axis=1)[:2].tolist()


@pytest.mark.slow
def test_many_labels_of_the_open_corpus_are_found_as_by_one_regression(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = open_corpus(shared, tmp_path, "fine")
    train, validation = corpus.split("train"), corpus.split("validation")
    scores = []
    for most in (regressions.MOST_TOGETHER, len(corpus.label_map)):
        monkeypatch.setattr(regressions, "MOST_TOGETHER", most)
        fitted = fit_baseline(train["text"], train["label"].to_numpy(), len(corpus.label_map))
        answers = fitted.predict_proba(validation["text"])
        scores.append(evaluate_predictions(validation["label"].to_numpy(), answers, corpus.label_map.names))
    each, together = scores
    assert each.accuracy == pytest.approx(together.accuracy, abs=0.01)
    assert each.macro_f1 == pytest.approx(together.macro_f1, abs=0.01)
