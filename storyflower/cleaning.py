"""Cleaning of every text before it is used: Unicode NFC, no invisible characters, single blanks, none at the ends.

Both the cells of a workbook and the texts given to a model pass through `clean`, so that a model sees texts in one
form. The definition of an emoji sequence is that of Unicode Technical Standard 51, ED-17
(https://www.unicode.org/reports/tr51/), without flags of two letters, which hold no invisible character.
"""

import re
import unicodedata

import regex

# An emoji of its own or several joined by U+200D, with variation selectors and tags, or a keycap such as 1️⃣.
_ELEMENT = r"\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0E\uFE0F\u20E3]*(?:[\U000E0020-\U000E007E]+\U000E007F)?"
_EMOJI = rf"{_ELEMENT}(?:\u200D{_ELEMENT})*|[0-9#*]\uFE0F\u20E3"
# Zero-width characters, bidirectional marks, soft hyphens, stray variation selectors and control characters. They have
# no width, so nothing takes their place: `행\u200b복` is read as `행복`.
_ZERO_WIDTH = r"[[\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB]--[\t-\r\x1C-\x1F\x85\u115F\u3164\uFFA0]]"
_FILLER = "[\u115f\u2800\u3164\uffa0]"  # Hangul fillers and the empty Braille cell: as wide as a letter
_OUTSIDE_EMOJI = regex.compile(rf"(?V1)({_EMOJI})|{_ZERO_WIDTH}+")
_FILLERS = re.compile(_FILLER)
_SUSPECT = regex.compile(rf"(?V1){_ZERO_WIDTH}|{_FILLER}")
_BLANKS = re.compile(r"\s+")  # the no-break space and its relatives are blanks to Python


def clean(cell: str) -> str:
    """`cell` in NFC, without invisible characters, every run of blanks as one blank, trimmed."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", _visible(cell))).strip()


def had_invisible(cell: str) -> bool:
    """Whether `cell` holds a character that `clean` takes out or makes a blank though it does not look like one."""
    return _visible(cell) != cell


def had_loose_whitespace(cell: str) -> bool:
    """Whether blanks or the Unicode form of `cell` had to be mended, invisible characters aside."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", cell)).strip() != cell


def _visible(cell: str) -> str:
    """`cell` with emoji as they are, fillers as blanks, and no other invisible character."""
    if not _SUSPECT.search(cell):  # nearly every cell, found out in a fifth of the time
        return cell
    return _FILLERS.sub(" ", _OUTSIDE_EMOJI.sub(r"\1", cell))
