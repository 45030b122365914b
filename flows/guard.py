"""Protects the Prefect server: restricts hosts and origins, and logs in the user's browser."""

import base64
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storyflower.server_access import LOGIN_PATH, LOOPBACK, SECRET_FIELD

_LARGEST_FORM = 4096  # bytes
_STORED_AS = "prefect-password"
"""The key in the browser's storage under which both Prefect UIs keep the credentials of `Authorization: Basic`."""


def guarded(app: FastAPI, addresses: Collection[str], secret: str) -> Starlette:
    """Wrap the server in an app that accepts only logins and requests to its own addresses and from its own pages.

    It is an app of its own, because Prefect's services send requests to the inner one under another host name.

    Args:
        app: The Prefect server, which itself requires the secret for all data.
        addresses: Origins such as `http://127.0.0.1:4200`, under which people reach the server.
        secret: The value of `PREFECT_SERVER_API_AUTH_STRING`.
    """
    hosts = {*LOOPBACK, "[::1]", *(urlsplit(address).hostname or "" for address in addresses)}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    return Starlette(
        routes=[Route(LOGIN_PATH, _Login(secret).answer, methods=["POST"]), Mount("/", app)],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=sorted(hosts), www_redirect=False),
            Middleware(OwnPages, origins=addresses),
        ],
        lifespan=lifespan,
    )


class OwnPages:
    """Refuse requests from web pages of other origins with 403, including preflights and websockets.

    CORS alone would only hide the response from such a page, after the request has been carried out. Other pages cannot
    embed the server's pages, and the server's pages connect only to this server (Prefect's send usage data otherwise).
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self.app = app
        self.origins = frozenset(origins)
        sockets = (origin.replace("http", "ws", 1) for origin in origins)
        self.policy = f"frame-ancestors 'self'; connect-src 'self' {' '.join([*origins, *sockets])}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on requests without an origin (programs, page loads) or with an allowed one."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin")
        if origin is not None and origin not in self.origins and scope["path"] != LOGIN_PATH:  # from a local file
            await PlainTextResponse("Foreign origin", status_code=403)(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Content-Security-Policy", self.policy)
            await send(message)

        await self.app(scope, receive, send_with_policy)


class _Login:
    """Receives the secret from the login page, and stores it in the browser for this server's pages only."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()

    async def answer(self, request: Request) -> Response:
        """Return a page that stores the secret and opens Prefect's page; 401 if the secret is wrong."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_FORM:
                return PlainTextResponse("Too large", status_code=413)
        (given,) = parse_qs(body, errors="replace").get(SECRET_FIELD.encode(), [b""])[-1:]
        if not hmac.compare_digest(given, self.secret):
            return PlainTextResponse("Unauthorized", status_code=401)
        stored = json.dumps(base64.b64encode(self.secret).decode())
        nonce = secrets.token_urlsafe(16)
        script = f"localStorage.setItem({json.dumps(_STORED_AS)}, {stored}); location.replace('/')"
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": f"default-src 'none'; script-src 'nonce-{nonce}'",
        }
        return HTMLResponse(f'<!doctype html><script nonce="{nonce}">{script}</script>', headers=headers)
