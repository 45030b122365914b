"""`clean` and the normalisation of KoBERT's vocabulary, built from the normalizers of the `tokenizers` package."""

from functools import lru_cache
from itertools import groupby

from tokenizers import Regex, normalizers

from storyflower.cleaning import clean
from storyflower.text.sentencepiece import WORD_MARK

_ZERO_WIDTH_OF_EMOJI = "\u200d\ufe0e\ufe0f" + "".join(map(chr, range(0xE0020, 0xE0080)))
_PART = r"\p{Extended_Pictographic}\x{1F3FB}-\x{1F3FF}\x{FE0E}\x{FE0F}\x{20E3}\x{E0020}-\x{E007F}"
_STRAY = (
    r"\x{200D}(?!\p{Extended_Pictographic})"
    rf"|(?<![{_PART}])\x{{200D}}"
    rf"|(?<![{_PART}0-9#*])[\x{{FE0E}}\x{{FE0F}}\x{{E0020}}-\x{{E007F}}]+"
    r"|(?<=[0-9#*])(?!\x{FE0F}\x{20E3})[\x{FE0E}\x{FE0F}\x{E0020}-\x{E007F}]+"
)
"""Joiners, variation selectors and tags outside of an emoji."""
_WAVE = "\uff5e"
_KEPT_WAVE, _APART, UNKNOWN = "\ufdd0", "\ufdd1", "\ufdd2"
"""Noncharacters of Unicode: a placeholder of `～`, a separator of two characters, and one that no piece contains."""
_FINAL_CONSONANTS = "\u3133\u3135\u3136\u313a-\u313f\uffa3\uffa5\uffa6\uffaa-\uffaf"
"""Compatibility letters that NFKC turns into final consonants: ㄳ ㄵ ㄶ ㄺ ㄻ ㄼ ㄽ ㄾ ㄿ, and half-width forms."""


def kobert_normalization() -> list[normalizers.Normalizer]:
    """`clean`, then SentencePiece's table `nmt_nfkc`.

    After `clean` the table equals NFKC with three exceptions: it keeps `～`, it turns U+FFFD into a blank, and it does
    not join a final consonant that it produces to the syllable before. `normalizers.Precompiled` reads the table
    itself, but looks up one grapheme at a time, whereas SentencePiece looks up the longest sequence: it does not
    compose ㅋㅠ to 큐, and loses marks after ①.
    """
    _, blanks = _invisible()
    return [
        *cleaning(),
        normalizers.Replace(Regex(f"[{_KEPT_WAVE}{_APART}]"), UNKNOWN),
        normalizers.Replace(Regex(rf"(?<=[가-힣])(?=[{_FINAL_CONSONANTS}])"), _APART),
        normalizers.Replace(_WAVE, _KEPT_WAVE),
        normalizers.NFKC(),
        normalizers.Replace(_APART, ""),
        normalizers.Replace(_KEPT_WAVE, _WAVE),
        normalizers.Replace(Regex(f"[{_ranges(blanks)}{WORD_MARK}\ufffd]+"), " "),
        normalizers.Strip(),
    ]


def cleaning() -> list[normalizers.Normalizer]:
    """`clean`, but for runs of blanks and blanks at the ends."""
    zero_width, blanks = _invisible()
    always = "".join(c for c in zero_width if c not in _ZERO_WIDTH_OF_EMOJI)
    return [
        normalizers.Replace(Regex(_STRAY), ""),
        normalizers.Replace(Regex(f"[{_ranges(always)}]"), ""),
        normalizers.Replace(Regex(f"[{_ranges(blanks)}]"), " "),  # before NFKC, which maps some of them to letters
        normalizers.NFC(),
    ]


@lru_cache(maxsize=1)
def _invisible() -> tuple[str, str]:
    """The characters that `clean` removes between letters, and the characters that it replaces with a blank."""
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000 and code != ord("|")]
    cleaned = clean("|".join(f"가{c}나" for c in characters)).split("|")
    pairs = list(zip(characters, cleaned, strict=True))
    return "".join(c for c, text in pairs if text == "가나"), "".join(c for c, text in pairs if text == "가 나")


def _ranges(characters: str) -> str:
    """Return the characters as the ranges of a character class of a regular expression."""
    runs = groupby(enumerate(sorted(map(ord, characters))), key=lambda pair: pair[1] - pair[0])
    listed = [[code for _, code in run] for _, run in runs]
    return "".join(rf"\x{{{run[0]:X}}}-\x{{{run[-1]:X}}}" for run in listed)
