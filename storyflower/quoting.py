"""Words as a person can paste them into a shell."""

import re
import shlex

_PLAIN = re.compile(r"[\w@%+=:,./-]+")  # as in shlex, but Hangul and other letters are plain too


def quoted(word: str) -> str:
    """`word` as one word of a POSIX shell, in quotation marks only where it needs them."""
    return word if _PLAIN.fullmatch(word) else shlex.quote(word)
