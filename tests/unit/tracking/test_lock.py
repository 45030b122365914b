"""The lock of a registry that several homes share, on a real PostgreSQL server and a real S3 server."""

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path
from urllib.parse import quote

import pytest

from storyflower.cluster.postgres import PostgresServer
from storyflower.errors import TrackingError
from storyflower.processes import this_process
from storyflower.spawning import this_package_first
from storyflower.storage import lease as leases
from storyflower.storage.home import Home
from storyflower.tracking.database import require_database
from storyflower.tracking.lock import one_at_a_time
from tests.unit.tracking.pooling_proxy import pooling_proxy
from tests.waiting import GIVE_UP_S

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = [pytest.mark.usefixtures("in_english"), pytest.mark.server]

PROCESSES, ROUNDS = 8, 40
AN_MLFLOW_SERVER = "http://127.0.0.1:9"
"""Nothing is asked of it."""


def take_turns(home: Home, shared: Path, rounds: int, barrier: Barrier) -> None:
    """One of several processes: count up a file, read and written in two steps, while no other one does."""
    leases.LOOK = 0.01
    barrier.wait(GIVE_UP_S)
    for _ in range(rounds):
        with one_at_a_time(home, "promotion") as lock:
            os.close(os.open(shared / "held", os.O_CREAT | os.O_EXCL))
            count = int((shared / "count").read_text("utf-8"))
            lock.confirm()
            (shared / "count").write_text(str(count + 1), "utf-8")
            (shared / "held").unlink()


def race(make_home: Callable[[int], Home], shared: Path, processes: int, rounds: int) -> int:
    (shared / "count").write_text("0", "utf-8")
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(processes)
    started = [
        spawn.Process(target=take_turns, args=(make_home(number), shared, rounds, barrier))
        for number in range(processes)
    ]
    with this_package_first():
        for process in started:
            process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * processes
    return int((shared / "count").read_text("utf-8"))


def test_in_postgresql_one_of_several_homes_holds_it_at_a_time(mlflow_database: str, tmp_path: Path) -> None:
    homes = [Home(tmp_path / str(number), mlflow_database, "race") for number in range(PROCESSES)]
    assert race(homes.__getitem__, tmp_path, PROCESSES, ROUNDS) == PROCESSES * ROUNDS


def test_in_a_shared_store_one_of_several_homes_holds_it_at_a_time(shared_store: str, tmp_path: Path) -> None:
    homes = [Home(tmp_path / str(number), AN_MLFLOW_SERVER, "race", shared_store) for number in range(4)]
    assert race(homes.__getitem__, tmp_path, 4, 5) == 20


def holder_of(home: Home) -> subprocess.Popen[str]:
    """A process that holds the lock of a home until its standard input ends."""
    script = (
        "import sys; from storyflower.storage.home import Home; from storyflower.tracking.lock import one_at_a_time\n"
        "with one_at_a_time(Home(*sys.argv[1:]), 'promotion'): print('held', flush=True); input()"
    )
    arguments = [str(home.folder), str(home.tracking_uri), home.model, *([home.store] if home.store else [])]
    child = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "held\n"
    return child


class KillWhenWaitedFor(logging.Handler):
    """Kills a process when a line of the log names it."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        super().__init__()
        self._child = child
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait()


@pytest.mark.parametrize("kind", ["database", "lease", "home"])
def test_a_holder_that_is_killed_frees_it_and_who_waits_says_for_what(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = {"database": "mlflow_database", "lease": "shared_store"}.get(kind)
    address = str(request.getfixturevalue(where)) if where else ""
    first, second = (
        Home(
            tmp_path / ("one" if kind == "home" else name),
            address if kind == "database" else AN_MLFLOW_SERVER,
            f"killed-{kind}",
            address if kind == "lease" else None,
        )
        for name in ("one", "other")
    )
    child = holder_of(first)
    handler = KillWhenWaitedFor(child)
    logger = logging.getLogger("storyflower.tracking.lock")
    logger.addHandler(handler)
    try:
        with one_at_a_time(second, "promotion") as lock:
            lock.confirm()
    finally:
        logger.removeHandler(handler)
        child.communicate()
    holder = "of this home" if kind == "home" else f"{this_process().host} {child.pid})"
    (line,) = handler.lines
    assert holder in line
    assert line.endswith("is judging a model or moving the champion; waiting for its end")


def test_a_session_that_the_server_has_ended_is_noticed(mlflow_database: str, tmp_path: Path) -> None:
    home = Home(tmp_path, mlflow_database, "ended")
    with one_at_a_time(home, "promotion") as lock:
        lock.confirm()
        end_sessions(mlflow_database)
        with pytest.raises(TrackingError, match=r"the lock of the registry was lost .* terminating connection") as lost:
            lock.confirm()
        with one_at_a_time(Home(tmp_path / "another", mlflow_database, "ended"), "promotion") as other:
            other.confirm()  # it is free
        with pytest.raises(TrackingError, match="lost"):
            lock.confirm()
    assert lost.value.retryable
    assert password_of(mlflow_database) not in str(lost.value)


def end_sessions(address: str) -> None:
    """End every session that holds an advisory lock, as an administrator or a restart does."""
    with psycopg.connect(address, autocommit=True) as administrator:
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )


def password_of(address: str) -> str:
    return address.partition("@")[0].rpartition(":")[2]


def test_a_lease_that_was_taken_over_is_noticed(
    shared_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "PATIENCE", 0.0)
    monkeypatch.setattr(leases, "LOOK", 0.0)
    one, other = (Home(tmp_path / name, AN_MLFLOW_SERVER, "model", shared_store) for name in ("one", "other"))
    with one_at_a_time(one, "promotion") as lock:
        lock.confirm()
        with one_at_a_time(other, "promotion") as taken:
            with pytest.raises(TrackingError, match="another machine has taken it over"):
                lock.confirm()
            taken.confirm()


def test_models_and_purposes_do_not_wait_for_each_other(mlflow_database: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "one", mlflow_database, "one")
    with one_at_a_time(home, "promotion"), one_at_a_time(home, "registration"):
        other = Home(tmp_path / "other", mlflow_database, "other")
        with one_at_a_time(other, "promotion"), one_at_a_time(other, "registration"):
            pass


def test_a_proxy_that_pools_transactions_is_refused_before_anything_is_locked(
    postgres: PostgresServer, mlflow_database: str, tmp_path: Path
) -> None:
    with pooling_proxy(mlflow_database) as port:
        home = Home(tmp_path, mlflow_database.replace(str(postgres.port), str(port), 1) + "?sslmode=disable")
        with pytest.raises(TrackingError, match="a proxy that gives each transaction another session") as refused:
            require_database(home)
        with pytest.raises(TrackingError, match="pool_mode=session"), one_at_a_time(home, "promotion"):
            pass
    assert refused.value.where == f"postgresql+psycopg://127.0.0.1:{port}/mlflow"
    with one_at_a_time(Home(tmp_path, mlflow_database), "promotion") as lock:
        lock.confirm()


def test_a_database_that_cannot_be_used_is_one_clear_error(
    postgres: PostgresServer, tmp_path: Path, free_tcp_port: int
) -> None:
    wrong = quote("p@ss/word:#1", safe="")
    address = postgres.address("postgres")
    cases = {
        address.replace(str(postgres.port), str(free_tcp_port), 1): "cannot be reached or used: .*refused",
        address.replace(postgres.password, wrong, 1): "password authentication failed",
        postgres.address("missing"): 'database "missing" does not exist',
        address.replace("postgresql:", "postgresql+psycopg2:", 1): "driver for PostgreSQL cannot be loaded: .*psycopg2",
        address.replace("postgresql:", "postgresql+asyncpg:", 1): "the address of the MLflow database cannot be used",
        address.replace("postgresql:", "postgresql+nothing:", 1): "the address of the MLflow database cannot be used",
        f"postgresql://me:{wrong}@127.0.0.1:port/db": "the port behind the name of the host is no number",
        "postgresql://me:p@ss@127.0.0.1/db": "an @ in the password has to be written as %40",
    }
    for uri, expected in cases.items():
        with pytest.raises(TrackingError, match=expected) as refused:
            require_database(Home(tmp_path, uri))
        assert [secret for secret in (postgres.password, wrong, "p@ss") if secret in str(refused.value)] == []
