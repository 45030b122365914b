"""Addresses without their secrets: user and password, query (tokens, signatures) and, over http, the fragment.

An address is parsed as fsspec reads it, a chain of links: `zip://a.xlsx::simplecache::https://user:pass@host/a.zip`.
Passwords as people type them hold `/`, `?`, `#`, `:` and `@`, with which an address has several readings: the one that
hides most is taken. So user and password end at the last `@`, of `https://host:80/a@b` too; and where that may stand in
a query or fragment as well, as in `https://user:pass@host/a?token=x@y`, nothing but `https://…` is left.
"""

import re

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|://")
_BARE_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*::(?!//)")
_WRAPPING_LINK = re.compile(
    r"(?:zip|tar|libarchive|simplecache|filecache|blockcache|cached|dir|reference)://.*?::", re.I
)
"""Links that read what the next link of the chain gives; of all other kinds the address goes on to its end."""
_AUTHORITY_END = re.compile(r"[/?#\\]")
_USERS_NAME_NO_SECRET = ("abfs", "abfss", "wasb", "wasbs", "sftp", "ssh", "hdfs", "webhdfs")
"""Kinds of addresses where `name@` alone, without a password, is a container or an account."""
_WITHOUT_QUERY = ("file", "local")
_WITH_FRAGMENT = ("http", "https")
_IN_TEXT = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*::)*(?:[A-Za-z][A-Za-z0-9+.-]*)?://(?:\S*@)?[^\s'\"<>`]*")
_PUNCTUATION = ".,;:!)]}"


def without_secrets(location: str) -> str:
    """A path or address without what may be secret in it; a path stays as it is."""
    links, address = _links_of(location)
    return "".join(map(_address_without_secrets, links)) + _address_without_secrets(address)


def holds_secret(location: str) -> bool:
    """Whether there is something in a path or address that may be secret."""
    return without_secrets(location) != location


def redacted(text: str) -> str:
    """Text in which every address is without its secrets. A secret with a blank in it ends at the blank here."""
    return _IN_TEXT.sub(lambda found: _found_in_text(found[0]), text) if "://" in text else text


def split_login(address: str) -> tuple[str, str | None, str]:
    """User, password (None where there is none) and the address without them, all as they are written there."""
    scheme = _SCHEME.match(address)
    if scheme is None:
        return "", None, address
    rest = address[scheme.end() :]
    end = _login_end(rest)
    user, colon, password = rest[: max(end - 1, 0)].partition(":")
    return user, password if colon else None, scheme[0] + rest[end:]


def _found_in_text(found: str) -> str:
    address = found.rstrip(_PUNCTUATION)
    return without_secrets(address) + found[len(address) :]


def _links_of(location: str) -> tuple[list[str], str]:
    """The links that wrap another, each with its `::`, and the address that they begin with."""
    links: list[str] = []
    while link := _BARE_LINK.match(location) or _WRAPPING_LINK.match(location):
        links.append(link[0])
        location = location[link.end() :]
    return links, location


def _address_without_secrets(text: str) -> str:
    """An address, or what stands before one and the address, as in `https://proxy/https://user:pass@host`."""
    found = _SCHEME.search(text)
    if found is None:
        return text
    before, rest = text[: found.end()], text[found.end() :]
    kind = found[0].removesuffix("://").lower()
    named, rest = _name_kept(kind, rest)
    marks = ("?" if kind not in _WITHOUT_QUERY else "") + ("#" if kind in _WITH_FRAGMENT else "")
    login, rest = rest[: _login_end(rest)], rest[_login_end(rest) :]
    if set(login) & set(marks):
        return before + named + "…"
    for mark in marks:
        rest = rest.partition(mark)[0]
    return before + named + _address_without_secrets(rest)


def _name_kept(kind: str, rest: str) -> tuple[str, str]:
    """The name, with its `@`, that is no secret in this kind of address, and what follows it."""
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    name, at, _ = authority.partition("@")
    if kind in _USERS_NAME_NO_SECRET and at and ":" not in name:
        return name + at, rest[len(name) + 1 :]
    return "", rest


def _login_end(rest: str) -> int:
    """The index at which the host begins in the text after `://`: after user and password, 0 where there are none.

    The last `@` ends them if the authority has one, or has a colon after which a password may go on beyond a `/`.
    """
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    return rest.rfind("@") + 1 if {"@", ":"} & set(authority) else 0
