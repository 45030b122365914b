"""Whether a vocabulary spells letters as texts do: composed Hangul, and upper and lower case.

Transformers' `BertTokenizer` lower-cases unless it is configured otherwise, and then strips accents, which decomposes
every Hangul syllable into conjoining letters. A vocabulary without these letters turns each Korean word into [UNK].
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

Misfit = Literal["decomposed", "lower_cased", "cased"]
"""`decomposed`: the pieces hold conjoining letters instead of syllables; `lower_cased`: the pieces have no capitals and
the tokenizer keeps them; `cased`: the pieces have capitals and the tokenizer lower-cases."""

_CONJOINING = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_SYLLABLE = re.compile("[가-힣]")
_SPECIAL = re.compile(r"\[[A-Za-z]+\d*\]")
_LETTER, _CAPITAL = re.compile("[A-Za-z]"), re.compile("[A-Z]")
_ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyz")
_LEAST_CAPITALISED = 0.02
"""Share of the pieces with Latin letters that have capitals, above which a vocabulary is a cased one."""


def misfit_of(pieces: Iterable[str], *, lower_cases: bool | None) -> Misfit | None:
    """How the pieces of a vocabulary differ from the texts that it is given; None if they do not.

    Args:
        pieces: of the vocabulary; special ones, such as `[UNK]` and `[unused0]`, are ignored.
        lower_cases: whether the tokenizer lower-cases texts; None if the vocabulary itself decides that.

    """
    ordinary = [piece for piece in pieces if not _SPECIAL.fullmatch(piece)]
    if _count(_CONJOINING, ordinary) > _count(_SYLLABLE, ordinary):
        return "decomposed"
    latin = [piece for piece in ordinary if piece.isascii() and _LETTER.search(piece)]
    capitalised = _count(_CAPITAL, latin)
    if lower_cases and capitalised > _LEAST_CAPITALISED * len(latin):
        return "cased"
    if lower_cases is False and not capitalised and {piece.removeprefix("##") for piece in latin} >= _ALPHABET:
        return "lower_cased"
    return None


def _count(pattern: re.Pattern[str], pieces: Sequence[str]) -> int:
    return sum(pattern.search(piece) is not None for piece in pieces)
