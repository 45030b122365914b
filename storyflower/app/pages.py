"""The page at `/`: rendered in the language of the browser, and the files that it loads, all from this server."""

import asyncio
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from storyflower.app.replies import KoreanJson
from storyflower.app.service import Service
from storyflower.app.web_font import web_typeface
from storyflower.data.labels import MAJORS
from storyflower.messages import LANGUAGES, language, say
from storyflower.messages.words import WORDS
from storyflower.reports.fonts import FONT_FILE
from storyflower.serving.predictor import UNSURE

_FOLDER = Path(__file__).parent / "page"
_SCRIPTS = ("page.js", "words.js", "api.js", "answers.js", "files.js", "threshold.js")
_TYPES = {
    "flower.svg": "image/svg+xml",
    "page.css": "text/css; charset=utf-8",
    **dict.fromkeys(_SCRIPTS, "text/javascript; charset=utf-8"),
}
_CHECKED_EACH_TIME = {"Cache-Control": "no-cache"}
_UNSURE_BELOW = 0.5
"""The threshold that the page begins with, where the server has none."""
_ENVIRONMENT = Environment(
    loader=PackageLoader("storyflower.app", "page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def page_routes(service: Service) -> list[Route]:
    """The page, its files and its texts."""

    async def page(_: Request) -> Response:
        threshold = _UNSURE_BELOW if service.threshold is None else service.threshold
        html = _ENVIRONMENT.get_template("index.html.j2").render(
            say=say, lang=language(), threshold=threshold, upload_mb=service.limits.upload_bytes >> 20
        )
        headers = {"Vary": "Accept-Language", "Content-Language": language()} | _CHECKED_EACH_TIME
        return HTMLResponse(html, headers=headers)

    async def file(request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        return FileResponse(_FOLDER / name, media_type=_TYPES[name], headers=_CHECKED_EACH_TIME)

    async def typeface(_: Request) -> Response:
        content = await asyncio.to_thread(web_typeface)
        return Response(content, media_type="font/woff", headers={"Cache-Control": "max-age=2592000"})

    async def licence(_: Request) -> Response:
        return FileResponse(FONT_FILE.with_name("OFL.txt"), media_type="text/plain; charset=utf-8")

    async def words(_: Request) -> Response:
        return KoreanJson(_tables(), headers=_CHECKED_EACH_TIME)

    return [
        Route("/", page),
        *(Route(f"/static/{name}", file) for name in _TYPES),
        Route("/static/hangul.woff", typeface),
        Route("/static/hangul-licence.txt", licence),
        Route("/static/words.json", words),
    ]


def _tables() -> dict[str, dict[str, dict[str, str]]]:
    """The page's texts with their gaps, and the names of the known labels, in each language."""
    texts = {code: text for code, text in WORDS.items() if code.startswith("web.")}
    return {
        lang: {
            "words": {code: text[lang] for code, text in texts.items()},
            "labels": {label: say(f"label_name.{label}", lang) for label in (*MAJORS, UNSURE)},
        }
        for lang in LANGUAGES
    }
