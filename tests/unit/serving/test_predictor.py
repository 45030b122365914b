"""Predictions of a real model directory: calibrated, and `unsure` below a threshold."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from storyflower.data.labels import MAJORS
from storyflower.errors import InputError
from storyflower.evaluation.calibration import tempered
from storyflower.model.directory import SERVING_FILE, ModelFormat
from storyflower.serving.predictor import UNSURE, Predictor, label_columns, load_predictor
from storyflower.text.loading import load_tokenizer
from storyflower.text.tokens import TokenSequences
from tests.unit.conftest import make_model_directory

TEXTS = ["오늘 정말 기뻤어", "내일 면접이라 불안해", "  친구가  떠나서 슬퍼 ", "."]


@pytest.fixture(scope="module")
def plain(model_directory: Path) -> Predictor:
    return load_predictor(model_directory)


@pytest.fixture
def heated(model_directory: Path, tmp_path: Path) -> Predictor:
    """The same model at temperature 4."""
    directory = tmp_path / "heated"
    shutil.copytree(model_directory, directory)
    facts = json.loads((directory / SERVING_FILE).read_text("utf-8"))
    (directory / SERVING_FILE).write_text(json.dumps(facts | {"temperature": 4.0}), "utf-8")
    return load_predictor(directory)


def test_a_directory_without_a_temperature_answers_with_the_plain_softmax(plain: Predictor) -> None:
    assert plain.temperature == 1
    logits = plain.logits(plain.tokenize(TEXTS))
    np.testing.assert_allclose(plain.probabilities(TEXTS), tempered(logits, 1.0), atol=1e-12)


def test_the_temperature_is_applied_and_changes_no_answer(plain: Predictor, heated: Predictor) -> None:
    logits = plain.logits(plain.tokenize(TEXTS))
    np.testing.assert_allclose(heated.probabilities(TEXTS), tempered(logits, 4.0), atol=1e-6)
    before, after = plain.predict(TEXTS), heated.predict(TEXTS)
    assert before["label"].tolist() == after["label"].tolist()
    assert (after["confidence"] < before["confidence"]).all()


def test_without_a_threshold_every_text_is_answered(plain: Predictor) -> None:
    answers = plain.predict(TEXTS)
    assert list(answers) == ["label", "confidence", *MAJORS]
    assert answers["label"].tolist() == [MAJORS[i] for i in answers[list(MAJORS)].to_numpy().argmax(axis=1)]


def test_below_the_threshold_the_label_is_unsure_beside_the_best_guess(plain: Predictor) -> None:
    usual = plain.predict(TEXTS)
    threshold = float(usual["confidence"].median())
    answers = plain.predict(TEXTS, threshold)
    assert list(answers) == ["label", "confidence", "best_guess", *MAJORS]
    assert label_columns(answers) == label_columns(usual) == list(MAJORS)
    unsure = usual["confidence"] < threshold
    assert 0 < unsure.sum() < len(TEXTS)
    assert (answers["label"] == UNSURE).tolist() == unsure.tolist()
    assert answers["best_guess"].tolist() == usual["label"].tolist()
    pd.testing.assert_frame_equal(answers[["confidence", *MAJORS]], usual[["confidence", *MAJORS]])


def test_a_confidence_at_the_threshold_is_enough(plain: Predictor) -> None:
    confidence = float(plain.predict(TEXTS[:1])["confidence"][0])
    assert plain.predict(TEXTS[:1], confidence)["label"][0] != UNSURE


def test_a_label_may_be_called_as_a_parameter(tmp_path: Path) -> None:
    directory = make_model_directory(tmp_path, seed=1, labels=("self", "data"))
    answers = load_predictor(directory).predict(["오늘 정말 기뻤어"])
    assert answers.columns.tolist() == ["label", "confidence", "self", "data"]


def test_no_texts_have_no_answers(plain: Predictor) -> None:
    assert list(plain.predict([], 0.5)) == ["label", "confidence", "best_guess", *MAJORS]
    assert plain.predict([]).empty


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_that_is_no_confidence_is_refused(plain: Predictor, threshold: float) -> None:
    with pytest.raises(InputError, match="0과 1 사이"):
        plain.predict(TEXTS, threshold)


def test_a_frame_is_answered_as_its_joined_texts(plain: Predictor) -> None:
    frame = pd.DataFrame({"연령": ["청년", "노년"], "사람문장2": ["친구가 떠나서 슬퍼", None], "사람문장1": TEXTS[:2]})
    joined = plain.predict([f"{TEXTS[0]} 친구가 떠나서 슬퍼", TEXTS[1]])
    pd.testing.assert_frame_equal(plain.predict(frame), joined)
    assert joined["confidence"][0] != plain.predict(TEXTS[:1])["confidence"][0]


@pytest.mark.parametrize("index", [[2, 0, 3, 1], [7, 7, 8, 7], list("라가다나")], ids=str)
def test_answers_have_the_index_of_a_table(plain: Predictor, index: list[object]) -> None:
    texts = pd.Series(TEXTS, index=index)
    expected = plain.predict(TEXTS, 0.5).set_axis(texts.index)
    for given in (texts, texts.to_frame("아무 이름"), pd.DataFrame({"사람문장1": texts, "사람문장2": None})):
        pd.testing.assert_frame_equal(plain.predict(given, 0.5), expected)
    assert plain.predict(texts.to_numpy()).index.equals(pd.RangeIndex(len(TEXTS)))


def test_a_shuffled_table_joined_with_its_answers_has_each_on_its_row(plain: Predictor) -> None:
    frame = pd.DataFrame({"text": TEXTS}).sample(frac=1, random_state=1)
    joined = frame.join(plain.predict(frame))
    for text, confidence in zip(joined["text"], joined["confidence"], strict=True):
        assert plain.predict(text)["confidence"].tolist() == pytest.approx([confidence], abs=1e-6)


def test_a_directory_from_before_text_columns_answers_texts_alone(
    plain: Predictor, tmp_path: Path, model_directory: Path
) -> None:
    old = Path(shutil.copytree(model_directory, tmp_path / "old"))
    facts = json.loads((old / SERVING_FILE).read_text("utf-8"))
    facts = {name: facts[name] for name in ("max_len", "labels")}
    (old / SERVING_FILE).write_text(json.dumps(facts), "utf-8")
    before = load_predictor(old)
    pd.testing.assert_frame_equal(before.predict(TEXTS), plain.predict(TEXTS))
    with pytest.raises(InputError, match="사람문장1, 사람문장2"):
        before.predict(pd.DataFrame({"사람문장1": TEXTS, "사람문장2": TEXTS}))


class Favourite:
    """A session of another runtime: the second label for every text."""

    def logits(self, tokens: TokenSequences) -> np.ndarray:
        return np.tile(np.array([[0, np.log(3), 0]], np.float32), (len(tokens), 1))


def test_a_session_of_another_runtime_answers_in_the_place_of_torch(model_directory: Path) -> None:
    tokenizer = load_tokenizer(model_directory)
    answers = Predictor(tokenizer, Favourite(), ModelFormat(32, ("기쁨", "슬픔", "분노"))).predict(TEXTS[:2])
    assert answers["label"].tolist() == ["슬픔", "슬픔"]
    np.testing.assert_allclose(answers["confidence"], 0.6, atol=1e-6)


def test_label_weights_decide_and_leave_the_probabilities(model_directory: Path, weighted_model: Path) -> None:
    plain, weighted = (load_predictor(directory).predict(TEXTS, 0.0) for directory in (model_directory, weighted_model))
    probabilities = [name for name in plain.columns if name not in ("label", "confidence", "best_guess")]
    pd.testing.assert_frame_equal(plain[probabilities], weighted[probabilities])
    first = probabilities[0]
    assert first not in set(plain["label"])
    assert weighted["label"].tolist() == weighted["best_guess"].tolist() == [first] * len(TEXTS)
    assert weighted["confidence"].tolist() == weighted[first].tolist()
