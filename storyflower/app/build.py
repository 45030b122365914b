"""The application: its parts put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from storyflower import __version__
from storyflower.app.boundary import Boundary, handle_errors, log_background_error
from storyflower.app.correction_routes import correction_routes
from storyflower.app.job_routes import job_routes
from storyflower.app.jobs import ScoringJobs
from storyflower.app.pages import page_routes
from storyflower.app.routes import routes
from storyflower.app.service import Service
from storyflower.messages import say


def application(service: Service) -> FastAPI:
    """The REST API and the page. The documentation at `/docs` loads its scripts from this server, as the page does."""
    jobs = ScoringJobs(service.home, service.device, service.limits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(log_background_error)
        answering = asyncio.create_task(service.queue.run())
        scoring = asyncio.create_task(jobs.run())
        service.follower.start()
        try:
            yield
        finally:
            service.follower.stop()
            jobs.close()
            for task in (answering, scoring):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    app: FastAPI = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        title=f"StoryFlower: {service.follower.current().name}",
        version=__version__,
        description=say("api_description"),
        swagger_ui_parameters={"validatorUrl": None},
        lifespan=lifespan,
        middleware=[Middleware(Boundary, access=service.access, traffic=service.traffic, metrics=service.metrics)],
    )
    handle_errors(app)
    # `Boundary` checks the key; this shows it in the documentation, whose page then has a field for it.
    documented = [] if service.access.key is None else [Depends(HTTPBearer(auto_error=False))]
    app.include_router(routes(service), dependencies=documented)
    app.router.routes += [*page_routes(service), *correction_routes(service), *job_routes(service, jobs)]
    return app
