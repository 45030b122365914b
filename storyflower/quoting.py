"""What is printed of paths and addresses: nothing secret, in a form that can be pasted into a shell."""

import re
import shlex
import unicodedata
from urllib.parse import urlsplit, urlunsplit

_PLAIN = re.compile(r"[\w@%+=:,./-]+")  # as in shlex, but Hangul and other letters are plain too


def quoted(word: str) -> str:
    """`word` as one word of a POSIX shell, in quotation marks only where it needs them."""
    return word if _PLAIN.fullmatch(word) else shlex.quote(word)


def shown(location: str) -> str:
    """`location` without what may be secret in an address: user, password, query (signed links) and fragment.

    Every path and address passes through here before it is printed, logged or recorded. Paths are given in NFC.
    """
    if "://" not in location:
        return unicodedata.normalize("NFC", location)
    parts = urlsplit(location)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def pasted(location: str) -> str:
    """A path or address as `shown`, as one word of a shell."""
    return quoted(shown(location))
