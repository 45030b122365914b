"""The endpoints under `/jobs`: a file is sent, followed while it is scored, and fetched with its answers."""

import asyncio
import shutil
from dataclasses import asdict
from math import isfinite
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from storyflower.app.bodies import pieces_of, within
from storyflower.app.job_process import Scored
from storyflower.app.jobs import ScoringJobs
from storyflower.app.replies import KoreanJson, refused
from storyflower.app.scoring_job import ScoringJob
from storyflower.app.service import Service
from storyflower.errors import StoryFlowerError
from storyflower.messages import language

_BYTES = "application/octet-stream"


def job_routes(service: Service, jobs: ScoringJobs) -> list[Route]:
    """The endpoints of one server."""

    async def create(request: Request) -> Response:
        if request.headers.get("content-type", "") != _BYTES:
            raise refused(415, "content_type_unread", "Content-Type", known=_BYTES)
        name, threshold = request.query_params.get("name", ""), _threshold(request, service.threshold)
        version = service.follower.current()
        job = jobs.new(name, f"{version.name}/{version.version}", threshold, language())
        try:
            async with within(service.limits.upload_seconds):
                await _receive(request, job, service.limits.upload_bytes)
            jobs.submit(job)
        except BaseException:
            shutil.rmtree(job.folder, ignore_errors=True)
            raise
        return KoreanJson(_shown(job), 202, {"Location": f"/jobs/{job.id}"})

    async def show(request: Request) -> Response:
        return KoreanJson(_shown(jobs.get(request.path_params["id"])))

    async def result(request: Request) -> Response:
        job = jobs.get(request.path_params["id"])
        if not isinstance(job.outcome, Scored):
            raise refused(409, "job_not_done")
        file = job.outcome.result
        return FileResponse(file, media_type=_BYTES, filename=file.name, headers={"Cache-Control": "no-store"})

    async def remove(request: Request) -> Response:
        jobs.cancel(jobs.get(request.path_params["id"]))
        return Response(status_code=204)

    return [
        Route("/jobs", create, methods=["POST"]),
        Route("/jobs/{id}", show),
        Route("/jobs/{id}", remove, methods=["DELETE"]),
        Route("/jobs/{id}/result", result),
    ]


def _threshold(request: Request, usual: float | None) -> float:
    """The threshold that is asked for; where none is, the server's `usual` one, and 0 where it has none.

    Raises:
        Refusal: it is no number between 0 and 1 (422).
    """
    try:
        threshold = float(request.query_params.get("threshold", usual or 0))
    except ValueError:
        threshold = float("nan")
    if not (isfinite(threshold) and 0 <= threshold <= 1):
        raise refused(422, "threshold_unfit", "threshold")
    return threshold


async def _receive(request: Request, job: ScoringJob, most: int) -> None:
    """Write the body into the folder of the job.

    Raises:
        Refusal: it is too large (413).
        ClientDisconnect: the client left meanwhile.
    """
    with (job.folder / job.name).open("wb") as file:
        async for piece in pieces_of(request, most, "upload_too_large"):
            await asyncio.to_thread(file.write, piece)


def _shown(job: ScoringJob) -> dict[str, Any]:
    """What the page shows of a job."""
    shown: dict[str, Any] = {"id": job.id, "name": job.name, "state": job.state, "model": job.model}
    shown["rows"] = job.counted.rows if job.counted else None
    shown["done"] = job.counted.done if job.counted else 0
    if isinstance(job.outcome, Scored):
        preview = job.outcome.preview
        shown |= {"result": job.outcome.result.name, "scored": job.outcome.scored, "rows": job.outcome.rows}
        shown["preview"] = asdict(preview) if preview else None
    if isinstance(job.outcome, StoryFlowerError):
        error = job.outcome
        shown["error"] = {"message": f"{error.where}: {error.problem}" if error.where else error.problem}
        shown["error"] |= {"remedy": error.remedy} if error.remedy else {}
    return shown
