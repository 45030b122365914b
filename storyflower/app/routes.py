"""The endpoints."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from storyflower import __version__
from storyflower.app.answers import Answer, Answered, answers_of
from storyflower.app.bodies import JSON, predict_request, read_body, require_json, within
from storyflower.app.documentation import ERRORS, INVOCATIONS_BODY, PREDICT_BODY, described
from storyflower.app.invocations import invocation, rows
from storyflower.app.replies import KoreanJson
from storyflower.app.schemas import (
    AliasErrorReply,
    HealthReply,
    InvocationsReply,
    ModelReply,
    PredictReply,
    VersionReply,
)
from storyflower.app.service import Service
from storyflower.registry.opened import OpenVersion


def routes(service: Service) -> APIRouter:
    """The endpoints of one server."""
    router = APIRouter()

    @router.post(
        "/predict", response_model=PredictReply, responses=ERRORS, openapi_extra=PREDICT_BODY, **described("predict")
    )
    async def predict(request: Request) -> Response:
        async with within(service.limits.seconds):
            body = await read_body(request, service.limits)
            require_json(request)
            asked = predict_request(body, service.limits)
            threshold = service.threshold if asked.threshold is None else asked.threshold
            answered = await _answered(service, request, asked.texts)
            predictions = [_prediction(answer) for answer in answers_of(answered, threshold)]
            return KoreanJson({"model": model_reply(answered.version), "predictions": predictions})

    @router.post(
        "/invocations",
        response_model=InvocationsReply,
        responses=ERRORS,
        openapi_extra=INVOCATIONS_BODY,
        **described("invocations"),
    )
    async def invocations(request: Request) -> Response:
        async with within(service.limits.seconds):
            body = await read_body(request, service.limits)
            require_json(request)
            columns = service.follower.current().predictor.text_columns
            asked = await asyncio.to_thread(invocation, body, columns, service.limits)
            threshold = service.threshold if asked.threshold is None else asked.threshold
            return KoreanJson({"predictions": rows(await _answered(service, request, asked.texts), threshold)})

    @router.get("/health", response_model=HealthReply, responses={503: {"model": HealthReply}}, **described("health"))
    async def health(request: Request) -> Response:
        ready = not service.traffic.stopping
        known = {"live": True, "ready": ready}
        if service.access.has_valid_key(request.headers):
            known |= _of_the_alias(service)
        return KoreanJson(known, 200 if ready else 503)

    @router.get("/ping", response_class=Response, **described("ping"))
    async def ping() -> Response:
        return Response("\n", 503 if service.traffic.stopping else 200, media_type=JSON)

    @router.get("/version", response_model=VersionReply, **described("version"))
    async def version() -> Response:
        return KoreanJson({"storyflower": __version__, "model": model_reply(service.follower.current())})

    @router.get("/metrics", response_class=Response, **described("metrics"))
    async def metrics() -> Response:
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")

    return router


def model_reply(version: OpenVersion) -> dict[str, Any]:
    """What the replies say of the version that answers."""
    return ModelReply(
        name=version.name,
        version=version.version,
        digest=version.digest,
        created=version.created,
        demo=version.demo,
    ).model_dump(mode="json")


def _of_the_alias(service: Service) -> dict[str, Any]:
    error = service.follower.error
    shown = AliasErrorReply(message=error.message, since=error.since).model_dump(mode="json") if error else None
    return {
        "model": model_reply(service.follower.current()),
        "reference": str(service.follower.reference),
        "alias_error": shown,
    }


def _prediction(answer: Answer) -> dict[str, Any]:
    """The fields of `PredictionReply` that there are."""
    shown: dict[str, Any] = {
        "label": answer.label,
        "confidence": answer.confidence,
        "probabilities": answer.probabilities,
    }
    if answer.best_guess is not None:
        shown["best_guess"] = answer.best_guess
    if answer.truncated:
        shown["truncated"] = True
    return shown


async def _answered(service: Service, request: Request, texts: list[str]) -> Answered:
    """The answers; when the client leaves, its texts leave the queue.

    Raises:
        ClientDisconnect: it left.
    """
    answer = asyncio.ensure_future(service.queue.answer(texts))
    left = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((answer, left), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        answered = answer.result()
    finally:
        answer.cancel()
        left.cancel()
    service.metrics.count_answers(answered)
    return answered


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
