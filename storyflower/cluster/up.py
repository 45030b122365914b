"""Starts everything that several machines share, and two workers, and ends it again in the opposite order."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import sleep
from typing import NoReturn

from storyflower.cluster import services
from storyflower.cluster.kept import Kept, Program, kept, require_running, wait_for
from storyflower.cluster.object_store import NAME as STORE
from storyflower.cluster.object_store import s3_server, weed
from storyflower.cluster.ports import Ports
from storyflower.cluster.postgres import NAME as DATABASE
from storyflower.cluster.postgres import postgres_programs, postgres_server
from storyflower.cluster.services import CHECKOUT, WORKERS, Setting
from storyflower.cluster.state import announce, sole
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem, say
from storyflower.server_access import LOGIN_PAGE, secret_of

_PACKAGES = ("psycopg", "asyncpg", "boto3", "obstore")
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Service:
    """A running service as people find it."""

    name: str
    address: str
    log: Path


@dataclass
class Cluster:
    """What has been started so far, in this order."""

    folder: Path
    programs: list[Kept] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)

    @property
    def login_page(self) -> Path:
        """Logs a browser in to Prefect's pages."""
        return _prefect_home(self.folder) / LOGIN_PAGE

    def add(self, program: Kept, address: str) -> None:
        """Count a program that runs among the services."""
        self.programs.append(program)
        self.services.append(Service(program.program.name, address, program.program.log))

    def until(self, ready: Callable[[], bool], slow: Kept) -> None:
        """Return once `ready` is true; see `wait_for`."""
        wait_for(ready, slow, self.programs)

    def wait(self) -> NoReturn:
        """Wait until a service ends, which none does by itself.

        Raises:
            StoryFlowerError: a service has ended; with the end of its log.
        """
        while True:
            require_running(self.programs)
            sleep(_POLL_SECONDS)


def folder_of(home: Path) -> Path:
    """The folder of the cluster of a home."""
    return home / "cluster"


@contextmanager
def cluster(home: Path, ports: Ports, report: Callable[[str], None]) -> Iterator[Cluster]:
    """Inside the block, everything runs; at its end, everything ends, in the opposite order.

    Args:
        home: Its folder `cluster` holds the data, logs and passwords.
        ports: Of the services.
        report: Called with the name of each service that begins to start.

    Raises:
        StoryFlowerError: a cluster runs there already, a part is not installed, or a service could not be started.
    """
    parts, folder = _parts(), folder_of(home)
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)  # PostgreSQL has to enter it under another account
    with sole(folder) as lock, ExitStack() as stack:
        started, chosen = Cluster(folder), ports.chosen()
        setting = _stores(started, stack, report, parts, chosen, lock)

        def start(program: Program, address: str) -> Kept:
            report(program.name)
            running = stack.enter_context(kept(program))
            started.add(running, address)
            return running

        prefect_url, mlflow_url = f"http://127.0.0.1:{chosen.prefect}", f"http://127.0.0.1:{chosen.mlflow}"
        prefect = start(services.prefect_server(setting, chosen.prefect), prefect_url)
        mlflow = start(services.mlflow_server(setting, chosen.mlflow), mlflow_url)
        started.until(partial(services.answers, f"{prefect_url}/api/health"), prefect)
        login = secret_of(_prefect_home(folder))
        studies = services.studies(setting)
        environment = services.client_environment(prefect_url, login, mlflow_url, setting.store, studies)
        report(say("cluster.deployments"))
        with kept(services.deployments(setting, environment)) as deploying:
            started.until(deploying.succeeded, deploying)
        started.until(partial(services.answers, f"{mlflow_url}/health"), mlflow)
        since = datetime.now(UTC)
        workers = [
            start(services.worker(setting, name, environment), say("cluster.queue", queue=name)) for name in WORKERS
        ]
        for each in workers:
            stack.callback(each.begin_to_end)  # both at once, before the first is waited for
            started.until(partial(services.is_online, each.program.name, since, environment), each)
        announce(folder, environment)
        yield started


def _stores(
    started: Cluster, stack: ExitStack, report: Callable[[str], None], parts: "_Parts", ports: Ports, lock: int
) -> Setting:
    """Start the database and the object store, on which everything else depends."""
    report(DATABASE)
    folder, held = started.folder, (lock,)
    database = postgres_server(parts.database, folder / DATABASE.lower(), ports.database, held)
    running_database = stack.enter_context(database)
    report(STORE)
    store = stack.enter_context(s3_server(parts.store, folder / STORE.lower(), ports.store, held=held))
    if running_database.kept is not None:
        started.add(running_database.kept, f"127.0.0.1:{ports.database}")
    started.add(store.kept, store.endpoint)
    return Setting(folder, running_database, store, held)


def _prefect_home(folder: Path) -> Path:
    """Home of the Prefect server, with its password."""
    return folder / "prefect" / "home"


@dataclass(frozen=True)
class _Parts:
    """The programs that are not Python's."""

    database: Path
    store: Path


def _parts() -> _Parts:
    """The programs of PostgreSQL and of the S3 server.

    Raises:
        StoryFlowerError: something that the cluster needs is not installed, or the system is not supported.
    """
    if os.name != "posix":
        raise problem(StoryFlowerError, "cluster_system")
    if not (CHECKOUT / "prefect.yaml").exists():
        raise problem(StoryFlowerError, "cluster_no_checkout", str(CHECKOUT))
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    database, store = postgres_programs(), weed()
    missing += [name for name, program in ((DATABASE, database), (STORE, store)) if program is None]
    if database is None or store is None or missing:
        raise problem(StoryFlowerError, "cluster_parts_missing", names=", ".join(missing))
    return _Parts(database, store)
