import random
import unicodedata

import pytest

from storyflower.cleaning import clean, had_invisible, had_loose_whitespace


@pytest.mark.parametrize(
    ("cell", "cleaned"),
    [
        ("기쁨 ", "기쁨"),
        ("\u00a0오늘은\u00a0\u00a0좋다\u3000", "오늘은 좋다"),
        ("줄\r\n바꿈\t탭", "줄 바꿈 탭"),
        ("행\u200b복해", "행복해"),
        ("\ufeff보이지\u200c 않는\u2060", "보이지 않는"),
        ("부\u00ad드\u200e럽\u202e게\u061c", "부드럽게"),
        ("제어\x07문자", "제어문자"),
        ("한\u200d글\ufe0f", "한글"),
        ("\u1112\u200b\u1161", "하"),  # two jamo are one syllable again
        ("가득\u3164찬\uffa0칸\u2800", "가득 찬 칸"),  # fillers are as wide as a letter
        (unicodedata.normalize("NFD", "한글"), "한글"),
        ("\u200b \u00a0\u3164", ""),
        ("\u200d\ufe0f", ""),
        ("그대로 둔다.", "그대로 둔다."),
    ],
)
def test_clean(cell: str, cleaned: str) -> None:
    assert clean(cell) == cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "emoji",
    [
        "🤷🏻\u200d♀\ufe0f 몰라 ❤\ufe0f",
        "👩\u200d👩\u200d👧\u200d👦",
        "1\ufe0f\u20e3 #\ufe0f\u20e3",
        "🏳\ufe0f\u200d🌈",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "🇰🇷 ❤\ufe0e",
    ],
)
def test_emoji_stay_whole(emoji: str) -> None:
    assert clean(emoji) == emoji
    assert not had_invisible(emoji)


def test_what_joins_emoji_goes_where_it_joins_nothing() -> None:
    assert clean("👩\u200d 끝\ufe0f 1\ufe0f\u200b👧") == "👩 끝 1👧"
    assert clean("👩\u200b\u200d👧") == "👩👧"


def test_every_text_is_cleaned_once_and_for_all() -> None:
    rng = random.Random(0)
    alphabet = (
        "가 각하1#*👩👧♀🏻🏴❤\u1112\u1161\u0301\u200d\ufe0f\u20e3\u200b\U000e0067\U000e007f\u3164\xa0\x1f\x07\ufeff"
    )
    for _ in range(20_000):
        text = "".join(rng.choices(alphabet, k=rng.randint(1, 8)))
        cleaned = clean(text)
        assert clean(cleaned) == cleaned
        assert not had_invisible(cleaned)
        assert not had_loose_whitespace(cleaned)
        assert cleaned == text or had_invisible(text) or had_loose_whitespace(text)  # what is mended is counted


def test_whitespace_and_invisible_characters_are_distinguished() -> None:
    assert had_loose_whitespace("두  칸")
    assert had_loose_whitespace("\u00a0앞")
    assert had_loose_whitespace(unicodedata.normalize("NFD", "한글"))
    assert not had_loose_whitespace("영폭\u200b문자")
    assert had_invisible("영폭\u200b문자")
    assert not had_invisible("두  칸")
