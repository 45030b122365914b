"""The label that a misspelt one most likely stands for."""

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from storyflower.cleaning import clean

_ALIKE = 0.8  # of difflib's ratio, over jamo: one letter of five (기뿜), or one added; more would be guessing


def nearest_label(value: str, names: Sequence[str]) -> str | None:
    """The one of `names` that is spelt nearly like `value`, compared by jamo; None where none or several are near."""
    letters = _letters(value)
    scored = sorted(((SequenceMatcher(None, letters, _letters(name)).ratio(), name) for name in names), reverse=True)
    (best, name), others = scored[0], scored[1:]
    is_only_one = not others or others[0][0] < best
    return name if best >= _ALIKE and is_only_one else None


def _letters(text: str) -> str:
    """Hangul syllables taken apart into jamo (NFD), without blanks and case."""
    return unicodedata.normalize("NFD", clean(text).casefold()).replace(" ", "")
