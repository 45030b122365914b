"""The API's documentation: the texts of the endpoints, the bodies that they take, and the errors that they share."""

from typing import Any, TypedDict

from storyflower.app.bodies import JSON
from storyflower.app.invocations import FORMS
from storyflower.app.schemas import ErrorReply, PredictRequest
from storyflower.messages import say

_STATUSES = (400, 401, 403, 413, 415, 422, 429, 500, 503, 504)
_TEXT = "오늘 친구가 생일을 챙겨 줘서 정말 고마웠어."
_INVOCATIONS: dict[str, Any] = {
    "inputs": {"value": {"inputs": [_TEXT], "params": {"threshold": 0.6}}},
    "instances": {"value": {"instances": [_TEXT]}},
    "dataframe_records": {"value": {"dataframe_records": [{"사람문장1": _TEXT, "사람문장2": "덕분에 웃었어."}]}},
    "dataframe_split": {"value": {"dataframe_split": {"columns": ["text"], "data": [[_TEXT]]}}},
}
_ROW: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "array"}]}
# One text or many, or rows with the columns of utterances.
_TEXTS: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "array", "items": _ROW}]}
_INVOCATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "inputs": _TEXTS,
        "instances": _TEXTS,
        "dataframe_records": {"type": "array", "items": _ROW},
        "dataframe_split": {
            "type": "object",
            "properties": {
                "columns": {"type": ["array", "null"]},
                "index": {"type": ["array", "null"]},
                "data": {"type": ["array", "null"]},
            },
            "required": ["data"],
            "additionalProperties": False,
        },
        "params": {"type": ["object", "null"], "properties": {"threshold": {"type": ["number", "null"]}}},
    },
    "oneOf": [{"required": [form]} for form in FORMS],
}

ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorReply} for status in _STATUSES}
"""What every endpoint that takes texts may reply."""
PREDICT_BODY = {"requestBody": {"required": True, "content": {JSON: {"schema": PredictRequest.model_json_schema()}}}}
INVOCATIONS_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": _INVOCATION, "examples": _INVOCATIONS},
        },
    }
}


class Described(TypedDict):
    """The texts of an endpoint."""

    summary: str
    description: str


def described(endpoint: str) -> Described:
    """Title and text of an endpoint, in the language in force."""
    title, _, text = say(f"endpoint.{endpoint}").partition("\n")
    return {"summary": title, "description": text}
