"""JSON replies with readable Korean, and refusals, which all have one shape."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from storyflower.errors import InputError, StoryFlowerError
from storyflower.messages import language, problem


class KoreanJson(JSONResponse):
    """JSON in UTF-8, with Korean as it is written; NaN is refused."""

    media_type = "application/json; charset=utf-8"


class Refusal(Exception):  # noqa: N818  # an answer with a status, as Starlette's HTTPException
    """A request that is not answered: its HTTP status, and a problem with a code."""

    def __init__(
        self, status: int, code: str, found: StoryFlowerError, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.found = found
        self.headers = dict(headers or {})

    def reply(self) -> KoreanJson:
        """`{"error_code", "message", "where"?, "remedy"?}`: MLflow's two fields, and two more where there is such."""
        content = {"error_code": self.code, "message": self.found.problem}
        content |= {name: value for name in ("where", "remedy") if (value := getattr(self.found, name))}
        headers = {"Content-Language": language(), "Vary": "Accept-Language"} | self.headers
        return KoreanJson(content, self.status, headers)


def refused(
    status: int, code: str, where: str = "", headers: Mapping[str, str] | None = None, **values: Any
) -> Refusal:
    """The refusal whose message stands under `code` in the table of problems, in the language in force.

    Args:
        status: of HTTP.
        code: of the message, and `error_code` of the reply.
        where: the part of the request, such as `texts[3]`.
        headers: of the reply.
        values: those of the message's gaps.
    """
    return Refusal(status, code, problem(InputError, code, where, **values), headers)
