"""The little Korean grammar that the sample corpus needs: particles, registers and sentence endings."""

from typing import Literal

Register = Literal["intimate", "polite", "plain"]
"""해체, 해요체 and 해라체."""

HAPPENED = {
    "intimate": ("어", "어", "어", "거든", "지 뭐야", "더라"),
    "polite": ("어요", "어요", "거든요", "더라고요"),
    "plain": ("다",),
}
"""Endings after the past stem of an event, the likelier ones repeated."""
FELT = {"intimate": ("어",), "polite": ("어요",), "plain": ("다",)}
"""Endings after the past stem of a feeling."""

_AFTER_VOWEL = {"이": "가", "을": "를", "은": "는", "과": "와"}


class Noun(str):
    """A noun that takes the particle fitting its last sound: `f"{Noun('동생'):이}"` is 동생이, of 언니 it is 언니가."""

    __slots__ = ()

    def __format__(self, particle: str) -> str:
        return f"{self!s}{fitting(particle, self) if particle else ''}"


def fitting(particle: str, word: str) -> str:
    """The form of a particle (이, 을, 은, 과) that follows a word in Hangul."""
    return particle if has_final_consonant(word) else _AFTER_VOWEL[particle]


def has_final_consonant(word: str) -> bool:
    """Whether a word's last Hangul syllable ends in a consonant: Unicode lists each syllable's 28 endings in a row."""
    return (ord(word[-1]) - ord("가")) % 28 > 0


def oneself(register: Register) -> dict[str, Noun]:
    """The words for oneself, by slot: humble ones in the polite register."""
    words = ("저", "제", "제가") if register == "polite" else ("나", "내", "내가")
    return dict(zip(("나", "내", "내가"), map(Noun, words), strict=True))


def is_past(phrase: str) -> bool:
    """Whether a phrase of the lists is a past stem, which needs an ending."""
    return "|" not in phrase


def sentence(phrase: str, register: Register, past_ending: str) -> str:
    """A phrase of the lists as a sentence of that register; the ending is used after a past stem only."""
    if is_past(phrase):
        return f"{phrase}{past_ending}."
    head, _, last = phrase.rpartition(" ")
    intimate, plain, *polite = last.split("|")
    forms: dict[Register, str] = {
        "intimate": intimate,
        "plain": plain,
        "polite": polite[0] if polite else f"{intimate}요",
    }
    return f"{head} {forms[register]}."
