"""`POST /corrections`: a correction made on the page is kept in the home."""

import asyncio
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from storyflower.app.bodies import cleaned, json_of, read_body, require_json
from storyflower.app.corrections import Correction, CorrectionsFullError, keep_correction
from storyflower.app.replies import KoreanJson, Refusal, refused
from storyflower.app.service import Service
from storyflower.errors import StorageError
from storyflower.serving.predictor import UNSURE

_NAME = Field(min_length=1, max_length=250)


class CorrectionRequest(BaseModel):
    """A text, what the model answered, and what is right."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    text: str
    answer: str = _NAME
    right: str = _NAME
    model: str = _NAME
    version: str = Field(pattern=r"^\d{1,18}$")


def correction_routes(service: Service) -> list[Route]:
    """The endpoint of one server."""

    async def correct(request: Request) -> Response:
        require_json(request)
        correction = _correction(await read_body(request, service.limits), service)
        version = service.follower.current()
        columns = (version.predictor.text_columns, version.label_columns)
        try:
            await asyncio.to_thread(
                keep_correction, service.home, service.follower.reference.name, correction, *columns
            )
        except StorageError as error:
            code = "corrections_full" if isinstance(error, CorrectionsFullError) else "correction_not_kept"
            raise Refusal(507, code, error) from error
        return KoreanJson({"kept": True}, 201)

    return [Route("/corrections", correct, methods=["POST"])]


def _correction(body: bytes, service: Service) -> Correction:
    """The correction that a body holds.

    Raises:
        Refusal: it is not JSON (400), or a part of it is not what it should be (422).
    """
    try:
        asked = CorrectionRequest.model_validate(json_of(body))
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))[:80]
        known = ", ".join(CorrectionRequest.model_fields)
        raise refused(422, "correction_form", where, known=known) from None
    (text,) = cleaned([asked.text], "text", service.limits, 422)
    labels = service.follower.current().predictor.labels
    if asked.right not in labels:
        raise refused(422, "label_not_known", "right", labels=", ".join(labels))
    if asked.answer not in (*labels, UNSURE):
        raise refused(422, "label_not_known", "answer", labels=", ".join((*labels, UNSURE)))
    return Correction(text, asked.answer, asked.right, asked.model, asked.version, datetime.now().astimezone())
