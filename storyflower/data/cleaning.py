"""What is done to every cell before it is judged: Unicode NFC, visible blanks only, one at a time, none at the ends."""

import re
import unicodedata

# Zero-width and directional marks, Hangul fillers and control characters: seen by no reader, yet they make two equal
# texts differ. The joiner U+200D and the selector U+FE0F stay, because they hold emoji together.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u2069\u3164\ufeff\uffa0]"
)
_BLANKS = re.compile(r"\s+")  # the no-break space and its relatives are blanks to Python
_JOINERS = "\u200d\ufe0f"


def clean(cell: str) -> str:
    """`cell` in NFC with every run of blanks and invisible characters as one blank, trimmed."""
    text = _BLANKS.sub(" ", _INVISIBLE.sub(" ", unicodedata.normalize("NFC", cell))).strip()
    return text if text.strip(_JOINERS) else ""


def had_invisible(cell: str) -> bool:
    """Whether `cell` holds a character that `clean` takes out though no reader sees it."""
    return _INVISIBLE.search(cell) is not None


def had_loose_whitespace(cell: str) -> bool:
    """Whether blanks or the Unicode form of `cell` had to be mended, invisible characters aside."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", cell)).strip() != cell
