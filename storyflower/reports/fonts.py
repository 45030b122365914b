"""The Hangul font that ships with the package, so that plots look the same on a machine without Korean fonts."""

from functools import cache
from pathlib import Path

FONT_FILE = Path(__file__).parent / "typeface" / "NanumGothic.ttf"
"""NanumGothic regular, unmodified, under the SIL Open Font License 1.1 beside it."""


@cache
def font_families() -> tuple[str, ...]:
    """Families for matplotlib texts: the shipped font, then matplotlib's own for characters that it lacks (such as −).

    Adds the shipped font to matplotlib's list of known fonts, once a process.
    """
    from matplotlib import font_manager

    font_manager.fontManager.addfont(FONT_FILE)
    return (font_manager.get_font(FONT_FILE).family_name, "DejaVu Sans")


def drawable(text: str) -> str:
    """`text` on one line, with □ for every character that neither font has (rare signs and emoji in labels)."""
    return "".join(sign if ord(sign) in _charmap() else "□" for sign in " ".join(text.split()))


@cache
def _charmap() -> frozenset[int]:
    from matplotlib import font_manager

    files: list[str | Path] = [FONT_FILE, font_manager.findfont(font_families()[1], fallback_to_default=False)]
    return frozenset(code for file in files for code in font_manager.get_font(file).get_charmap())
