"""What surrounds every request: access, language, the count of requests in progress, and errors without their texts."""

import asyncio
import logging
import time
import traceback
from typing import Any

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storyflower.app.access import Access
from storyflower.app.metrics import Metrics
from storyflower.app.replies import Refusal, refused
from storyflower.errors import AnswerError, StoryFlowerError
from storyflower.messages import Lang, say, speaking

log = logging.getLogger(__name__)

_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'"
"""Pages load nothing from elsewhere, run no script and have no style within them, and are shown in no other page."""
_OF_SWAGGER = "img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'"
_POLICIES = {"/docs": f"{_POLICY}; {_OF_SWAGGER}"}
"""FastAPI starts Swagger UI by a script within its page."""
_OPEN_WHILE_STOPPING = ("/health", "/ping", "/metrics")


class Traffic:
    """The requests in progress, and whether further ones are taken."""

    def __init__(self) -> None:
        self.in_progress = 0
        self.stopping = False

    @property
    def is_over(self) -> bool:
        """Whether all that was taken before the stop is answered."""
        return self.stopping and not self.in_progress


class Boundary:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp, access: Access, traffic: Traffic, metrics: Metrics) -> None:
        self.app = app
        self.access = access
        self.traffic = traffic
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request, or refuse it; whatever goes wrong inside is one JSON error."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", _POLICIES.get(scope["path"], _POLICY))
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if self.traffic.stopping:
                    headers["Connection"] = "close"
            await send(message)

        self.traffic.in_progress += 1
        try:
            with speaking(_language_of(Headers(scope=scope))):
                try:
                    await self._answer(scope, receive, send_with_headers)
                except ClientDisconnect:
                    self.metrics.hang_ups.inc()
                except Exception as error:
                    log_error(error)
                    if status:
                        raise _BrokenOffError from None  # half an answer has gone out: the connection is closed
                    await refused(500, "internal_error").reply()(scope, receive, send_with_headers)
        finally:
            self.traffic.in_progress -= 1
            path = getattr(scope.get("route"), "path", "other")
            self.metrics.requests.labels(path, status or "none").inc()
            self.metrics.seconds.labels(path).observe(time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self.access.refusal(scope["path"], Headers(scope=scope))
        if refusal is None and self.traffic.stopping and scope["path"] not in _OPEN_WHILE_STOPPING:
            refusal = refused(503, "stopping", "", {"Retry-After": "5"})
        await (self.app if refusal is None else refusal.reply())(scope, receive, send)


class _BrokenOffError(Exception):
    """A connection on which an answer broke off; without the error, which may hold a text."""


def handle_errors(app: FastAPI) -> None:
    """Every error of a route becomes a reply of one shape."""

    @app.exception_handler(Refusal)
    async def _refusal(_: Request, error: Refusal) -> Response:
        return error.reply()

    @app.exception_handler(AnswerError)
    async def _no_answer(_: Request, error: AnswerError) -> Response:
        log.error("%s", error)
        return Refusal(500, "answer_failed", error).reply()

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> Response:
        code = {404: "address_unknown", 405: "method_not_allowed"}.get(error.status_code, "request_refused")
        return refused(error.status_code, code, "", error.headers).reply()


def log_background_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Handler of an event loop: asyncio's own logs the message of an error that nothing has waited for."""
    error = context.get("exception")
    if isinstance(error, Exception):
        log_error(error)
    else:
        log.error("%s", context["message"])


def log_error(error: Exception) -> None:
    """The kind of an unexpected error and where it arose: its message may repeat a text."""
    if isinstance(error, StoryFlowerError):
        log.error(say("serve.failed", kind=type(error).__name__, place=""))
        return
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error(say("serve.failed", kind=type(error).__name__, place=place))


def _language_of(headers: Headers) -> Lang | None:
    """The first language of `Accept-Language`, by its weight, that there is; None where there is none of them."""
    weighted = [part.partition(";") for part in headers.get("accept-language", "").split(",")]
    for range_, _, _ in sorted(weighted, key=lambda part: -_weight(part[2])):
        language = range_.strip().lower().partition("-")[0]
        if language == "ko":
            return "ko"
        if language == "en":
            return "en"
    return None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
