"""The application: its parts put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse

from storyflower import __version__
from storyflower.app.boundary import Boundary, handle_errors, log_background_error
from storyflower.app.routes import routes
from storyflower.app.service import Service
from storyflower.messages import say


def application(service: Service) -> FastAPI:
    """The REST API. Its documentation at `/docs` loads its scripts from this server, not from the internet."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(log_background_error)
        answering = asyncio.create_task(service.queue.run())
        service.follower.start()
        try:
            yield
        finally:
            service.follower.stop()
            answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering

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
    app.add_route("/", lambda _: RedirectResponse("/docs"), include_in_schema=False)

    return app
