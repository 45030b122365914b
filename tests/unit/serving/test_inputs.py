"""The forms in which a model takes texts, and what it refuses, with the position."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from storyflower.errors import InputError
from storyflower.serving.inputs import texts_of

COLUMNS = ("사람문장1", "사람문장2")
BOTH = ["첫 마디 둘째 마디", "혼자 한 말"]


def utterances(**more: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(more | {"사람문장1": ["첫 마디", "혼자 한 말"], "사람문장2": ["둘째 마디", None]})


@pytest.mark.parametrize(
    "given",
    [
        utterances(),
        utterances()[["사람문장2", "사람문장1"]],
        utterances(연령=["청년", "노년"], text=["딴 글", "딴 글"]),
        utterances().rename(columns={"사람문장1": " 사람문장1\u00a0"}),
        utterances().fillna({"사람문장2": " \u200b"}),
        utterances().astype(object).where(utterances().notna(), pd.NA),
        pd.DataFrame({"text": BOTH, "연령": [1, 2]}),
        pd.DataFrame({"아무 이름": BOTH}, index=[7, 7]),
        pd.DataFrame({0: BOTH}),
        BOTH,
        tuple(BOTH),
        np.array(BOTH),
        pd.Series(BOTH),
        ["첫\u00a0마디  둘째 마디 ", " 혼자 한\t말"],
    ],
)
def test_each_form_gives_the_same_texts(given: Any) -> None:
    assert texts_of(given, COLUMNS) == BOTH


def test_one_text_is_a_list_of_one() -> None:
    assert texts_of(" 안녕 ", COLUMNS) == ["안녕"]
    assert texts_of([], COLUMNS) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": ["안녕"]}, "dict"),
        (None, "NoneType"),
        (3, "int"),
        (np.array([["안녕"]]), "ndarray"),
        (utterances(연령=["청년", "노년"])[["연령", "사람문장1"]], "문장 열이 없습니다: 사람문장2"),
        (utterances()[["사람문장1"]], "문장 열이 없습니다: 사람문장2"),
        (pd.DataFrame({"연령": ["청년"], "성별": ["여성"]}), "연령, 성별"),
        (pd.DataFrame([["안녕", "잘 가"]], columns=["text", "text"]), "text, text"),
        (pd.DataFrame({0: ["안녕"], 1: ["잘 가"]}), "0, 1"),
        (pd.DataFrame(), "모델이 읽는 열이 없습니다"),
    ],
)
def test_every_other_form_is_refused_with_those_that_are_accepted(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as refusal:
        texts_of(given, COLUMNS)
    assert "문장의 목록" in refusal.value.remedy
    assert "사람문장1, 사람문장2" in refusal.value.remedy


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "비어"),
        (" \u3000\u200b", "비어"),
        (None, "비어"),
        (float("nan"), "비어"),
        (pd.NA, "비어"),
        (5, r"5 \(int\)"),
        (True, r"True \(bool\)"),
        (b"\xea", "bytes"),
        (["안녕"], "list"),
        ({"text": "안녕"}, "dict"),
    ],
)
def test_what_is_no_text_is_refused_with_its_position(value: Any, words: str) -> None:
    for given in (["안녕", "좋아", value], pd.DataFrame({"text": pd.Series(["안녕", "좋아", value], dtype=object)})):
        with pytest.raises(InputError, match=words) as refusal:
            texts_of(given, COLUMNS)
        assert "2번" in refusal.value.where


def test_a_row_needs_one_utterance_and_no_number() -> None:
    with pytest.raises(InputError, match="비어") as refusal:
        texts_of(pd.DataFrame({"사람문장1": ["안녕", None], "사람문장2": [None, " "]}), COLUMNS)
    assert "1번 행(0부터), '사람문장1, 사람문장2' 열" in refusal.value.where
    with pytest.raises(InputError, match="2021") as refusal:
        texts_of(pd.DataFrame({"사람문장1": ["안녕"], "사람문장2": [2021]}), COLUMNS)
    assert "0번 행(0부터), '사람문장2' 열" in refusal.value.where


def test_a_refusal_is_english_if_english_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    with pytest.raises(InputError, match="position 0 \\(from 0\\): there is no text"):
        texts_of([""], COLUMNS)
