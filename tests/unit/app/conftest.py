"""Two registered versions that answer differently, and a real server of one of them in a thread of the test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from storyflower.app.access import Access
from storyflower.app.build import application
from storyflower.app.limits import Limits
from storyflower.app.server import serve
from storyflower.app.service import Service, service_of
from storyflower.data.labels import MAJORS
from storyflower.ports import open_port
from storyflower.registry.references import ModelReference
from storyflower.registry.versions import register_version
from storyflower.storage.home import Home
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client
from tests.waiting import GIVE_UP_S

OPEN = Access(frozenset({"127.0.0.1"}), None)


@pytest.fixture(scope="session")
def served_home(two_models: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Its model has versions 1 and 2; version 1 is the champion."""
    home = Home(tmp_path_factory.mktemp("served") / "home")
    with tracked_run(home, "test", {}) as run:
        for number, directory in enumerate(two_models):
            register_version(run, directory, MAJORS, {"model_digest": str(number)})
    client(home).set_registered_model_alias(home.model, "champion", "1")
    return home


@contextmanager
def answering(service: Service) -> Iterator[httpx.Client]:
    """A client of a server that runs in a thread, and is stopped as by SIGTERM at the end."""
    with open_port("127.0.0.1", 0, "serve_port_taken") as listener:
        thread = threading.Thread(target=serve, args=(application(service), listener, service.traffic))
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=GIVE_UP_S) as http:
                yield http
        finally:
            service.traffic.stopping = True
            thread.join(GIVE_UP_S)
    assert not thread.is_alive()


Started = Callable[..., Service]


@pytest.fixture
def service(served_home: Home) -> Started:
    """Makes the service of version 1, with changes."""

    def made(reference: str = "1", access: Access = OPEN, threshold: float | None = None, **changes: object) -> Service:
        limits = Limits(**changes)  # type: ignore[arg-type]
        wanted = ModelReference.parse(reference, served_home.model)
        return service_of(served_home, wanted, access, threshold=threshold, limits=limits)

    return made


@pytest.fixture(scope="module")
def http(served_home: Home) -> Iterator[httpx.Client]:
    """A server of version 1 with the limits in force."""
    with answering(service_of(served_home, ModelReference.parse("1", served_home.model), OPEN)) as client_:
        yield client_
