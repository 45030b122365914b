"""Who is let in: by Host and Origin against DNS rebinding and foreign pages, and by a key where there is one."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from storyflower.app.replies import Refusal, refused

OPEN_PATHS = ("/", "/docs", "/openapi.json", "/health", "/ping", "/favicon.ico")
"""Paths that need no key: they hold no answers and nothing of the model."""
OPEN_FOLDERS = ("/static/", "/static-offline-docs/")
_BEARER = b"bearer "


@dataclass(frozen=True)
class Access:
    """The rules of one server."""

    hosts: frozenset[str] | None
    """Names under which it may be addressed; None for any, where a key is asked for."""
    key: str | None
    """Asked for as `Authorization: Bearer KEY`; None lets everyone in."""

    def refusal(self, path: str, headers: Headers) -> Refusal | None:
        """Why a request is turned away; None where it is let in."""
        host = headers.get("host", "")
        if self.hosts is not None and _name(host) not in self.hosts:
            return refused(400, "host_foreign", "Host")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return refused(403, "origin_foreign", "Origin")
        if not (path in OPEN_PATHS or path.startswith(OPEN_FOLDERS) or self.has_valid_key(headers)):
            return refused(401, "key_wrong", "Authorization", {"WWW-Authenticate": "Bearer"})
        return None

    def has_valid_key(self, headers: Headers) -> bool:
        """Whether the request brings the key, or none is asked for; compared in constant time."""
        if self.key is None:
            return True
        given = headers.get("authorization", "").encode("latin-1")
        is_bearer = given[: len(_BEARER)].lower() == _BEARER
        return is_bearer and hmac.compare_digest(given[len(_BEARER) :].strip(), self.key.encode())


def hosts_of(host: str, loopback: Collection[str], more_addresses: Collection[str]) -> frozenset[str]:
    """The names of a server on the loopback: its own, and those of the tunnels and proxies before it."""
    return frozenset({*loopback, host.lower(), *(urlsplit(address).hostname or "" for address in more_addresses)})


def _name(host: str) -> str:
    """The name in a Host header: without its port, and without the brackets of IPv6."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
