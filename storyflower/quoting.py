"""What is printed of paths and addresses: nothing secret, in a form that can be pasted into a shell."""

import re
import shlex
import unicodedata

from storyflower.redaction import without_secrets

_PLAIN = re.compile(r"[\w@%+=:,./-]+")  # as in shlex, but Hangul and other letters are plain too


def quoted(word: str) -> str:
    """`word` as one word of a POSIX shell, in quotation marks only where it needs them."""
    return word if _PLAIN.fullmatch(word) else shlex.quote(word)


def shown(location: str) -> str:
    """`location` without what may be secret in an address: see `storyflower.redaction`.

    Every path and address passes through here before it is printed, logged or recorded. Paths are given in NFC.
    """
    return unicodedata.normalize("NFC", location) if "://" not in location else without_secrets(location)


def pasted(location: str) -> str:
    """A path or address as `shown`, as one word of a shell."""
    return quoted(shown(location))
