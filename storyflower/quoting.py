"""Paths, addresses and names as they are printed: without secrets, shortened, ready to be pasted into a shell."""

import re
import shlex
import unicodedata
from collections.abc import Sequence

from storyflower.redaction import without_secrets

_NAMES_LISTED, _NAME_LENGTH = 30, 40  # a name of a sheet has 31 characters at most, where Excel made it

_SURROGATES = {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}
_SURROGATES |= {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}  # as Python reads bytes of names

_PLAIN = re.compile(r"[\w@%+=:,./-]+")  # as in shlex, but Hangul and other letters are plain too


def quoted(word: str) -> str:
    """`word` as one word of a POSIX shell, in quotation marks only where it needs them."""
    return word if _PLAIN.fullmatch(word) else shlex.quote(word)


def shortened(name: str, length: int = _NAME_LENGTH) -> str:
    """The first `length` characters of a name, with `…` where that is not all of it."""
    return name if len(name) <= length else f"{name[:length]}…"


def listed(names: Sequence[str], most: int = _NAMES_LISTED, length: int = _NAME_LENGTH) -> str:
    """The first `most` names, each shortened, with a comma between them and `…` where there are more."""
    return ", ".join([*(shortened(name, length) for name in names[:most]), *(["…"] if len(names) > most else [])])


def shown(location: str) -> str:
    """`location` without what may be secret in an address: see `storyflower.redaction`.

    Every path and address passes through here before it is printed, logged or recorded. Paths are given in NFC, and
    bytes of a name that are not UTF-8 as `\\xb0`.
    """
    valid = location.translate(_SURROGATES)
    return unicodedata.normalize("NFC", valid) if "://" not in valid else without_secrets(valid)


def pasted(location: str) -> str:
    """A path or address as `shown`, as one word of a shell."""
    return quoted(shown(location))
