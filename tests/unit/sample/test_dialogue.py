import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from storyflower.sample.corpus import MAJOR_SHARES
from storyflower.sample.dialogue import AGES, GENDERS, SHAPES, DialogueWriter
from storyflower.sample.events import Event, events, phrases
from storyflower.sample.korean import is_past

KINDS = ("named", "hinted", "neutral", "closing")
SSANG_SIOT = 20


def leaves(lists: Any) -> Iterator[str]:
    if isinstance(lists, str):
        yield lists
    else:
        for inner in lists.values() if isinstance(lists, dict) else lists:
            yield from leaves(inner)


def sayable() -> Iterator[str]:
    yield from (event.phrase for event in events())
    for kind in KINDS:
        yield from leaves(phrases()[kind])


def test_every_phrase_can_be_said_in_every_register():
    for phrase in sayable():
        if is_past(phrase):
            assert (ord(phrase[-1]) - ord("가")) % 28 == SSANG_SIOT, phrase
            continue
        head, _, last = phrase.rpartition(" ")
        forms = last.split("|")
        assert "|" not in head, phrase
        assert len(forms) == 3 or (len(forms) == 2 and not forms[0].endswith("야")), phrase
        assert forms[1].endswith("다"), phrase


def test_every_slot_has_words_for_every_speaker():
    persons, words = phrases()["persons"], phrases()["words"]
    for event in events():
        for age in event.ages:
            for gender in GENDERS:
                known = {"나", "내", "내가", *words, *persons[gender], *persons[age]}
                assert set(re.findall(r"{([가-힣]+)", event.phrase)) <= known, event.phrase
    for kind in KINDS:
        for phrase in leaves(phrases()[kind]):
            assert set(re.findall(r"{([가-힣]+)", phrase)) <= {"나", "내", "내가"}, phrase


def test_no_phrase_or_word_list_is_unused():
    text = " ".join(event.phrase for event in events())
    lists = {*phrases()["words"], *(slot for person in phrases()["persons"].values() for slot in person)}
    assert all(f"{{{slot}" in text for slot in lists - {"때", "때없이"})
    all_phrases = list(sayable())
    assert len(set(all_phrases)) == len(all_phrases)


def test_every_age_has_open_and_plain_events_for_every_emotion():
    for age in AGES:
        for major in MAJOR_SHARES:
            for is_open in (False, True):
                fitting = [event for event in events() if event.suits(major, age, is_open=is_open)]
                assert len(fitting) >= 5, (age, major, is_open)


def test_minors_are_aihubs():
    minors = {major: set(of_major) for major, of_major in phrases()["named"].items()}
    assert set(minors) == set(MAJOR_SHARES)
    assert all(len(of_major) == 10 for of_major in minors.values())
    assert len(set().union(*minors.values())) == 58
    for major, hinted in phrases()["hinted"].items():
        assert set(hinted) <= minors[major]
    for event in events():
        for major, fitting in event.minors.items():
            assert fitting <= minors[major]


def test_shapes_are_shares():
    assert sum(shape.weight for shape in SHAPES) == pytest.approx(1)


@pytest.fixture(scope="module")
def dialogues() -> list[Any]:
    writer = DialogueWriter("training", Random(1))
    return [writer.write(major) for major in list(MAJOR_SHARES) * 300]


def test_sentences_are_whole(dialogues: list[Any]):
    for dialogue in dialogues:
        assert len(dialogue.person) == len(dialogue.system) in (1, 2, 3)
        for utterance in dialogue.person:
            assert re.fullmatch(r"[가-힣 ,]+[.!]( [가-힣 ,]+[.!])?", utterance), utterance
            assert "  " not in utterance


def test_registers_are_not_mixed_within_a_dialogue(dialogues: list[Any]):
    for dialogue in dialogues:
        text = " ".join(dialogue.person)
        endings = {
            "polite" if s.endswith(("요", "예요")) else "plain" if s.endswith("다") else "intimate"
            for s in re.findall(r"[가-힣]+(?=[.!])", text)
        }
        assert len(endings) == 1, text
        humble = re.search(r"(^| )(저|제가|저한테|저를|저는|저만)( |$)", text)
        assert humble is None or endings == {"polite"}, text


def test_particles_fit_their_nouns(dialogues: list[Any]):
    nouns = sorted(set(leaves(phrases()["persons"])) | set(leaves(phrases()["words"]["금액"])), key=len, reverse=True)
    pattern = re.compile(rf"(?:^| )({'|'.join(nouns)})(이|가|을|를|은|는|과|와)(?= )")
    found = [match for d in dialogues for text in d.person for match in pattern.finditer(text)]
    assert len(found) > 500
    for match in found:
        closed = (ord(match[1][-1]) - ord("가")) % 28 > 0
        assert (match[2] in "이을은과") == closed, match[0]


def test_each_part_keeps_phrases_of_its_own():
    def used(part: Any) -> set[Event]:
        return {event.phrase for event in DialogueWriter(part, Random(0))._events}

    training, validation = used("training"), used("validation")
    assert 0.05 < len(training - validation) / len(training) < 0.2
    assert 0.05 < len(validation - training) / len(validation) < 0.2


def test_an_emotion_is_never_contradicted_by_itself(dialogues: list[Any]):
    for dialogue in dialogues:
        denied = phrases()["not"][dialogue.major]
        assert not any(utterance.startswith(clause) for utterance in dialogue.person for clause in denied)
