"""The behaviour tests themselves are tested: what they change, what they keep, and how their rates are counted."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import pytest

from storyflower.cleaning import clean
from storyflower.evaluation.behaviour import FEW, PERTURBATIONS, BehaviourTest, behaviour_rates, behaviour_tests

TESTS = {test.name: test for test in behaviour_tests()}
DIRECTIONAL = [test for test in TESTS.values() if test.kind == "directional"]


def letters(text: str) -> str:
    """Letters and digits alone, in one form: what an invariance test must leave alone."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)
def test_every_pair_differs_and_stands_once(test: BehaviourTest) -> None:
    assert all(text != other for text, other in test.pairs)
    assert len(set(test.pairs)) == len(test.pairs)
    assert all(clean(text) == text for text, _ in test.pairs)


def test_there_is_enough_to_count() -> None:
    sentences = {text for name in PERTURBATIONS for text, _ in TESTS[name].pairs}
    assert len(sentences) >= 15
    for name in PERTURBATIONS:
        assert {text for text, _ in TESTS[name].pairs} == sentences, "every sentence is changed in every way"
    assert sum(len(test.pairs) for test in DIRECTIONAL) >= 20
    assert len(TESTS["names"].pairs) >= 30


def test_no_sentence_serves_two_tests() -> None:
    own = [{text for name in PERTURBATIONS for text, _ in TESTS[name].pairs}]
    own += [{text for pair in TESTS["names"].pairs for text in pair}]
    own += [{text for pair in test.pairs for text in pair} for test in DIRECTIONAL]
    assert max(Counter(text for sentences in own for text in sentences).values()) == 1


@pytest.mark.parametrize("name", ["spacing", "final_punctuation", "typography"])
def test_the_letters_stay_as_they_are(name: str) -> None:
    assert all(letters(text) == letters(other) for text, other in TESTS[name].pairs)


def test_what_each_change_does() -> None:
    assert {
        other for text, other in TESTS["spacing"].pairs if text == "돌아가신 할머니가 보고 싶어서 밤새 울었어요."
    } == {
        "돌아가신할머니가보고싶어서밤새울었어요.",
        "돌아가신 할머니가 보고싶어서 밤새 울었어요.",
    }
    ends = {other[-2:] for text, other in TESTS["final_punctuation"].pairs if text.endswith("너무 화가 나!")}
    assert ends == {" 나", "나.", "나~"}
    assert all(
        re.fullmatch(r" (ㅋㅋ|ㅠㅠ)", other.removeprefix(text)) for text, other in TESTS["laughter_and_tears"].pairs
    )
    variants = "".join(other for _, other in TESTS["typography"].pairs)
    assert all(sign in variants for sign in "“”…！．，？\u00a0\u1112")


def test_names_fit_their_sentences() -> None:
    for text, other in TESTS["names"].pairs:
        assert "{" not in text + other
        names = [set(sentence.split()) - set(changed.split()) for sentence, changed in ((text, other), (other, text))]
        assert all(len(words) == 1 for words in names), "the sentences differ in the name alone"


def first_word(texts: Sequence[str]) -> list[str]:
    return [text.split()[0] for text in texts]


def test_a_model_that_says_one_thing_passes_no_directional_test() -> None:
    for rate in behaviour_rates(lambda texts: ["기쁨"] * len(texts)):
        assert rate.rate == (1 if rate.kind == "invariance" else 0)
        assert len(rate.failures) == (0 if rate.kind == "invariance" else FEW)


def test_a_model_that_answers_every_text_differently_passes_no_invariance_test() -> None:
    for rate in behaviour_rates(list):
        assert rate.rate == (0 if rate.kind == "invariance" else 1)


def test_rates_are_counted_pair_by_pair() -> None:
    """A rule on one word: it sees the lost blanks and a changed first word, and nothing behind it."""
    rates = {rate.name: rate for rate in behaviour_rates(first_word)}
    for name, test in TESTS.items():
        alike = sum(text.split()[0] == other.split()[0] for text, other in test.pairs)
        assert rates[name].total == len(test.pairs)
        assert rates[name].passed == (alike if test.kind == "invariance" else len(test.pairs) - alike)
    failure = rates["spacing"].failures[0]
    assert failure.answer == failure.text.split()[0] != failure.answer_to_changed


def test_a_rule_that_knows_emotions_scores_in_between() -> None:
    joy = re.compile("기뻐|행복해|고마|합격|신나|좋")

    def rule(texts: Sequence[str]) -> list[str]:
        return ["기쁨" if joy.search(clean(text)) else "슬픔" for text in texts]

    rates = {rate.name: rate for rate in behaviour_rates(rule)}
    assert rates["typography"].rate == rates["laughter_and_tears"].rate == rates["names"].rate == 1
    assert 0 < rates["negation"].rate < 1
    assert 0 < rates["reversal"].rate < 1
