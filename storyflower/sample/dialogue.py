"""Composes dialogues for the sample corpus from the word lists in `phrases.toml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, NamedTuple

from storyflower.sample.events import Event, events, phrases
from storyflower.sample.korean import FELT, HAPPENED, Noun, Register, is_past, oneself, sentence

Part = Literal["training", "validation"]

AGES = {"청소년": 0.2, "청년": 0.35, "중년": 0.25, "노년": 0.2}
REGISTERS: dict[Register, float] = {"intimate": 0.5, "polite": 0.3, "plain": 0.2}
GENDERS = ("여성", "남성")
THREE_TURNS_SHARE = 0.55
EXCLAIMED_SHARE = 0.15
"""Share of the sentences that end in an exclamation mark."""


class Shape(NamedTuple):
    """How a dialogue expresses its emotion; the weights set how hard the corpus is to classify."""

    weight: float
    open_event: bool
    """The event could lead to several emotions."""
    feeling: Literal["named", "hinted", "neutral"]
    detour: Literal["", "first", "not"] = ""
    """Another emotion is mentioned: felt at first, or denied."""
    brief: Literal["", "event", "feeling"] = ""
    """A single utterance, which describes the event or the feeling alone."""


SHAPES = (
    Shape(0.11, open_event=False, feeling="named"),
    Shape(0.10, open_event=False, feeling="hinted"),
    Shape(0.03, open_event=False, feeling="neutral"),
    Shape(0.11, open_event=True, feeling="named"),
    Shape(0.11, open_event=True, feeling="hinted"),
    Shape(0.05, open_event=True, feeling="neutral"),  # truly ambiguous: any of the event's emotions
    Shape(0.16, open_event=True, feeling="named", detour="first"),
    Shape(0.10, open_event=True, feeling="hinted", detour="first"),
    Shape(0.09, open_event=True, feeling="named", detour="not"),
    Shape(0.09, open_event=False, feeling="hinted", brief="event"),
    Shape(0.05, open_event=False, feeling="named", brief="feeling"),
)


@dataclass(frozen=True)
class Dialogue:
    """One row of the workbook, without its number."""

    age: str
    gender: str
    keyword: str
    major: str
    minor: str
    person: tuple[str, ...]
    """One to three utterances."""
    system: tuple[str, ...]
    """The answer to each."""


class _Speaker(dict[str, Noun]):
    """The speaker of one dialogue: each slot of a phrase is filled with a word, the same throughout the dialogue."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.age = _weighted(rng, AGES)
        self.gender = rng.choice(GENDERS)
        self.register = _weighted(rng, REGISTERS)
        persons = phrases()["persons"]
        self._words: dict[str, list[str]] = {**phrases()["words"], **persons[self.gender], **persons[self.age]}
        super().__init__(oneself(self.register))

    def __missing__(self, slot: str) -> Noun:
        self[slot] = Noun(self._rng.choice(self._words[slot]))
        return self[slot]

    def event_sentence(self, phrase: str, *before: str) -> str:
        """A sentence about what happened, after the given openers."""
        return self._sentence(phrase, HAPPENED, before)

    def feeling_sentence(self, phrase: str, *before: str) -> str:
        """A sentence about the feeling, after the given openers."""
        return self._sentence(phrase, FELT, before)

    def _sentence(self, phrase: str, endings: Mapping[str, tuple[str, ...]], before: tuple[str, ...]) -> str:
        text = sentence(phrase, self.register, self._rng.choice(endings[self.register])).format_map(self)
        if self._rng.random() < EXCLAIMED_SHARE:
            text = f"{text.removesuffix('.')}!"
        return " ".join([*filter(None, before), text])


class DialogueWriter:
    """Writes dialogues for one part of the corpus: a tenth of the phrases is kept for either part alone."""

    def __init__(self, part: Part, rng: Random) -> None:
        self._part = part
        self._rng = rng
        self._events = self._of_part(events())
        self._feelings = {
            feeling: {
                major: self._of_part([(minor, phrase) for minor, of_minor in minors.items() for phrase in of_minor])
                for major, minors in phrases()[feeling].items()
            }
            for feeling in ("named", "hinted")
        }

    def _of_part(self, items: Sequence[Any]) -> list[Any]:
        withheld = {"training": 9, "validation": 8}[self._part]
        return [item for i, item in enumerate(items) if i % 10 != withheld]

    def write(self, major: str) -> Dialogue:
        """One dialogue of that emotion."""
        rng, speaker = self._rng, _Speaker(self._rng)
        shape = rng.choices(SHAPES, [shape.weight for shape in SHAPES])[0]
        event = rng.choice([e for e in self._events if e.suits(major, speaker.age, is_open=shape.open_event)])
        minor, feeling = self._feeling(event, major, shape)
        other = rng.choice([m for m in event.minors if m != major]) if shape.detour else major

        happened = speaker.event_sentence(event.phrase, self._opener(speaker.register), self._time(event.phrase))
        if shape.detour == "first":
            felt_first = rng.choice([phrase for _, phrase in self._fitting(event, other) if is_past(phrase)])
            happened = f"{happened} {speaker.feeling_sentence(felt_first, rng.choice(phrases()['turns']['first']))}"
        if shape.brief:
            utterance = happened if shape.brief == "event" else speaker.feeling_sentence(feeling, self._time(feeling))
            answer = rng.choice(phrases()["system"]["first"]["any"])
            return Dialogue(speaker.age, speaker.gender, event.keyword, major, minor, (utterance,), (answer,))
        utterances = [happened, speaker.feeling_sentence(feeling, self._lead(feeling, shape, other))]
        answers = [rng.choice(phrases()["system"]["first"]["any"]), rng.choice(phrases()["system"]["second"][major])]
        if rng.random() < THREE_TURNS_SHARE:
            utterances.append(speaker.feeling_sentence(rng.choice(phrases()["closing"][major])))
            answers.append(rng.choice(phrases()["system"]["third"]["any"]))
        return Dialogue(speaker.age, speaker.gender, event.keyword, major, minor, tuple(utterances), tuple(answers))

    def _feeling(self, event: Event, major: str, shape: Shape) -> tuple[str, str]:
        """A minor emotion and a phrase that names it, hints at it, or is neutral."""
        if shape.feeling == "neutral":
            return self._rng.choice(sorted(event.minors[major])), self._rng.choice(phrases()["neutral"]["any"])
        return self._rng.choice(self._fitting(event, major, shape.feeling))

    def _fitting(self, event: Event, major: str, *feelings: str) -> list[tuple[str, str]]:
        """Minors of that major which fit the event, with their phrases: of the given kinds, or of all."""
        pairs = (pair for feeling in feelings or self._feelings for pair in self._feelings[feeling][major])
        return [pair for pair in pairs if pair[0] in event.minors[major]]

    def _lead(self, feeling: str, shape: Shape, other: str) -> str:
        tense = "past" if is_past(feeling) else "present"
        if shape.detour == "first":
            return str(self._rng.choice(phrases()["turns"][tense]))
        if shape.detour == "not":
            return str(self._rng.choice(phrases()["not"][other]))
        return str(self._rng.choice(phrases()["leads"][tense])) if self._rng.random() < 0.25 else ""

    def _opener(self, register: Register) -> str:
        openers = phrases()["openers"].get(register)
        return str(self._rng.choice(openers)) if openers and self._rng.random() < 0.15 else ""

    def _time(self, phrase: str) -> str:
        words = phrases()["words"]
        has_its_own = not is_past(phrase) or any(word in phrase for word in words["때없이"])
        return "" if has_its_own or self._rng.random() < 0.4 else str(self._rng.choice(words["때"]))


def _weighted(rng: Random, weights: dict[Any, float]) -> Any:
    return rng.choices(list(weights), list(weights.values()))[0]
