"""Bodies of requests: read within a limit, and read as JSON."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pydantic_core
from fastapi import Request
from pydantic import ValidationError

from storyflower.app.limits import Limits
from storyflower.app.replies import Refusal, refused
from storyflower.app.schemas import PredictRequest
from storyflower.cleaning import clean

JSON = "application/json"
_DISCARDED = 16
"""Times the largest body: bytes that are read to their end, to refuse them in an orderly way."""
_MISFITS = {
    "missing": "field_missing",
    "extra_forbidden": "request_field_unknown",
    "too_short": "texts_none",
    "too_long": "texts_too_many",
}
"""The codes of our messages, by pydantic's kinds of errors."""


def require_json(request: Request) -> None:
    """Check the type of the body.

    Raises:
        Refusal: it is another than JSON in UTF-8 (415).
    """
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    names = dict(part.strip().lower().partition("=")[::2] for part in parameters.split(";"))
    charset = names.get("charset", "utf-8").strip('"')
    if kind.strip().lower() != JSON:
        raise refused(415, "content_type_unread", "Content-Type", known=JSON)
    if charset not in ("utf-8", "utf8"):
        raise refused(415, "charset_unread", "Content-Type", charset=charset[:40])


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """What stands inside takes at most so long.

    Raises:
        Refusal: it takes longer (504).
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise refused(504, "too_slow", "", {"Connection": "close"}, seconds=seconds) from None


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body, of at most so many bytes and seconds: a client that stalls would keep the server from stopping.

    Raises:
        Refusal: it takes longer (504), or as `pieces_of`.
        ClientDisconnect: as `pieces_of`.
    """
    async with within(limits.seconds):
        return b"".join([piece async for piece in pieces_of(request, limits.body_bytes, "body_too_large")])


async def pieces_of(request: Request, most: int, code: str) -> AsyncIterator[bytes]:
    """The body as it comes, of at most so many bytes, whether its length is announced or not.

    Of a longer one the rest is thrown away as it comes, up to a bound: a connection that is closed while the client
    still sends loses the reply.

    Raises:
        Refusal: it is longer (413); `code` is that of the message.
        ClientDisconnect: the client left meanwhile.
    """
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most:
            yield chunk
        elif size > _DISCARDED * most:
            raise refused(413, code, "", {"Connection": "close"}, most=f"{most:,}")
    if size > most:
        raise refused(413, code, most=f"{most:,}")


def json_of(body: bytes) -> Any:
    """The value that the body holds.

    Raises:
        Refusal: it is not JSON in UTF-8, or nested too deeply (400).
    """
    try:
        return pydantic_core.from_json(body)
    except ValueError as error:
        raise refused(400, "not_json", "", reason=error) from None


def predict_request(body: bytes, limits: Limits) -> PredictRequest:
    """The request for `/predict`, with cleaned texts.

    Raises:
        Refusal: the body is not JSON (400), or a part of it is not what it should be (422), which is named.
    """
    try:
        asked = PredictRequest.model_validate(json_of(body))
    except ValidationError as error:
        raise _misfit(error, limits) from None
    return asked.model_copy(update={"texts": cleaned(asked.texts, "texts", limits, 422)})


def cleaned(texts: list[str], field: str, limits: Limits, status: int) -> list[str]:
    """The texts as the model reads them.

    Raises:
        Refusal: there are too many, or one is blank or over-long; with `status` and the position, counted from 0.
    """
    if len(texts) > limits.texts:
        raise refused(status, "texts_too_many", field, most=limits.texts)
    result = []
    for position, text in enumerate(texts):
        where = f"{field}[{position}]"
        if len(text) > limits.characters:
            raise refused(status, "text_over_long", where, length=len(text), most=limits.characters)
        result.append(clean(text))
        if not result[-1]:
            raise refused(status, "text_blank", where)
    return result


def _misfit(error: ValidationError, limits: Limits) -> Refusal:
    """The first thing that is wrong with a request."""
    first = error.errors(include_url=False, include_context=False)[0]
    names = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    where = "".join(names).removeprefix(".")[:80]
    if first["loc"][:1] == ("threshold",):
        return refused(422, "threshold_unfit", where)
    code = _MISFITS.get(first["type"], "text_wrong_type" if len(first["loc"]) > 1 else "request_form")
    known, kind = ", ".join(PredictRequest.model_fields), type(first["input"]).__name__
    return refused(422, code, where, known=known, most=limits.texts, kind=kind)
