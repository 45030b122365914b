import unicodedata

import pytest

from storyflower.data.cleaning import clean, had_invisible, had_loose_whitespace


@pytest.mark.parametrize(
    ("cell", "cleaned"),
    [
        ("기쁨 ", "기쁨"),
        ("\u00a0오늘은\u00a0\u00a0좋다\u3000", "오늘은 좋다"),
        ("줄\r\n바꿈\t탭", "줄 바꿈 탭"),
        ("보이지\u200b않는\ufeff", "보이지 않는"),
        ("제어\x07문자", "제어 문자"),
        (unicodedata.normalize("NFD", "한글"), "한글"),
        ("\u200b \u00a0\u3164", ""),
        ("\u200d\ufe0f", ""),
        ("그대로 둔다.", "그대로 둔다."),
    ],
)
def test_clean(cell: str, cleaned: str) -> None:
    assert clean(cell) == cleaned
    assert clean(cleaned) == cleaned


def test_emoji_stay_whole() -> None:
    shrug = "🤷🏻\u200d♀️ 몰라 ❤️"
    assert clean(shrug) == shrug


def test_whitespace_and_invisible_characters_are_told_apart() -> None:
    assert had_loose_whitespace("두  칸")
    assert had_loose_whitespace("\u00a0앞")
    assert had_loose_whitespace(unicodedata.normalize("NFD", "한글"))
    assert not had_loose_whitespace("영폭\u200b문자")
    assert had_invisible("영폭\u200b문자")
    assert not had_invisible("두  칸")
