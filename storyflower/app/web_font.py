"""The Hangul typeface of the package in the form in which browsers take it."""

import io
from functools import cache

from storyflower.reports.fonts import FONT_FILE

_FAMILY = "StoryFlower Hangul"
_NAMES = frozenset({1, 3, 4, 6, 16, 20, 25})
"""Entries of the table of names that hold the family's name."""
_OF_EDITORS = "TSI"
"""Beginning of the names of tables for the designers of a typeface; browsers refuse the file for one that is empty."""


@cache
def web_typeface() -> bytes:
    """The typeface as WOFF, without the tables of its designers.

    It is thereby a modified version, which the licence asks to have another name than the original.
    """
    from fontTools.ttLib import TTFont

    file = io.BytesIO()
    with TTFont(FONT_FILE, lazy=True) as font:
        for tag in [tag for tag in font.keys() if tag.startswith(_OF_EDITORS)]:  # noqa: SIM118  # a font is no mapping
            del font[tag]
        names = font["name"]
        names.names = [entry for entry in names.names if entry.nameID not in _NAMES]
        for number in (1, 3, 4):
            names.setName(_FAMILY, number, 3, 1, 0x409)
        names.setName(_FAMILY.replace(" ", ""), 6, 3, 1, 0x409)
        font.flavor = "woff"
        font.save(file, reorderTables=None)
    return file.getvalue()
