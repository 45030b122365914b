import shlex

import pytest

from storyflower.quoting import pasted, quoted, shown


@pytest.mark.parametrize("word", ["데이터.xlsx", "/a/데이터_1-2.xlsx", "s3://b/a.xlsx", "sheet=1월"])
def test_plain_words_stand_as_they_are(word: str) -> None:
    assert quoted(word) == word


@pytest.mark.parametrize(
    "word", ["내 문서/a.xlsx", "데이터 [2024].xlsx", "뭐야?.xlsx", "it's.xlsx", "a&b", "$HOME", "~a", ""]
)
def test_other_words_are_one_word_of_a_shell(word: str) -> None:
    assert shlex.split(quoted(word)) == [word]
    assert quoted(word) != word


def test_secrets_in_an_address_are_not_shown() -> None:
    signed = "https://user:word@host:81/a/b c.xlsx?X-Signature=abc&b=1#part"
    assert shown(signed) == "https://host:81/a/b c.xlsx"
    assert pasted(signed) == "'https://host:81/a/b c.xlsx'"
    assert shown("s3://bucket/a.xlsx") == "s3://bucket/a.xlsx"
    assert shown("plain/path?.xlsx") == "plain/path?.xlsx"
    assert shown("\u1112\u1161\u11ab.xlsx") == "한.xlsx"


def test_bytes_that_are_not_utf8_are_written_out() -> None:
    assert shown("in/\udcb0\udca8 한.xlsx") == r"in/\xb0\xa8 한.xlsx"
    assert shown("s3://bucket/\udcb0?key=secret") == r"s3://bucket/\xb0"
    assert shown("\ud800") == r"\ud800"
