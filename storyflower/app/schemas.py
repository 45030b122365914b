"""What the endpoints take and return, as the API's documentation shows it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictStr

from storyflower.app.limits import Limits

_LIMITS = Limits()
_TEXTS = ["오늘 친구가 생일을 챙겨 줘서 정말 고마웠어.", "내일 면접인데 잠이 안 와."]

_EXAMPLES: list[JsonValue] = [{"texts": [*_TEXTS]}, {"texts": [*_TEXTS], "threshold": 0.6}]


class PredictRequest(BaseModel):
    """Texts, and below which confidence the answer is `불확실`."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        json_schema_extra={"examples": _EXAMPLES},
    )

    texts: list[StrictStr] = Field(
        min_length=1,
        max_length=_LIMITS.texts,
        fail_fast=True,  # of thousands of wrong values the first one is reported
        json_schema_extra={
            "items": {"type": "string", "minLength": 1, "maxLength": _LIMITS.characters, "pattern": r"\S"},
        },
    )
    threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None


class ModelReply(BaseModel):
    """The version that answers."""

    name: str = Field(examples=["storyflower-kobert"])
    version: str = Field(examples=["3"])
    digest: str = Field(description="SHA-256 of the model's files.")
    created: datetime = Field(description="When the version was registered.")
    demo: bool = Field(description="Whether it is the demo's model, which is made of templates.")


class PredictionReply(BaseModel):
    """The answer to one text."""

    label: str = Field(description="`불확실` below the threshold.", examples=["기쁨"])
    confidence: float = Field(ge=0, le=1, description="Calibrated probability of the answered label.")
    probabilities: dict[str, float] = Field(
        examples=[{"기쁨": 0.93, "슬픔": 0.02, "분노": 0.01, "불안": 0.02, "당황": 0.01, "상처": 0.01}]
    )
    best_guess: str | None = Field(None, description="The label without the threshold; where one is in force.")
    truncated: bool | None = Field(None, description="True where the model read only the beginning of the text.")


class PredictReply(BaseModel):
    """One prediction a text, in their order, all by one version."""

    model: ModelReply
    predictions: list[PredictionReply]


class AliasErrorReply(BaseModel):
    """Why the alias could not be followed; the version in force goes on answering."""

    message: str
    since: datetime


class HealthReply(BaseModel):
    """Whether the server lives and takes requests; what else is known, only to those who have the key."""

    live: bool
    ready: bool = Field(description="False while the server is being stopped.")
    model: ModelReply | None = None
    reference: str | None = Field(None, description="The alias or version that is served.")
    alias_error: AliasErrorReply | None = None


class VersionReply(BaseModel):
    """The versions of the server and of its model."""

    storyflower: str = Field(examples=["0.1.0"])
    model: ModelReply


class ErrorReply(BaseModel):
    """Every refusal; the message is in Korean or English, by `Accept-Language`."""

    error_code: str = Field(examples=["text_blank"])
    message: str = Field(examples=["문장이 비어 있습니다."])
    where: str | None = Field(None, description="The part of the request.", examples=["texts[3]"])
    remedy: str | None = None


class InvocationsReply(BaseModel):
    """Rows as MLflow's scoring server returns them: label, confidence, best_guess with a threshold, every label."""

    predictions: list[dict[str, Any]] = Field(
        examples=[[{"label": "기쁨", "confidence": 0.93, "기쁨": 0.93, "슬픔": 0.07}]]
    )
