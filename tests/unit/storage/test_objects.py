"""What can go wrong with a shared store, each as one clear error in both languages, without secrets."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from storyflower.cluster.bucket import BUCKET
from storyflower.cluster.object_store import WRITER, S3Server
from storyflower.errors import RecipeError, SharedStoreError
from storyflower.settings import settings
from storyflower.storage import objects as objects_module
from storyflower.storage.object_errors import store_errors
from storyflower.storage.objects import Objects
from tests.waiting import GIVE_UP_S


@pytest.fixture(autouse=True)
def _opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_module, "_RETRIES", 1)
    objects_module._opened.cache_clear()


def failure(address: str) -> SharedStoreError:
    with pytest.raises(SharedStoreError) as raised:
        Objects(address).put("name", b"content")
    assert raised.value.where == address
    return raised.value


@contextmanager
def server_that_answers(status: int, body: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.server
@pytest.mark.parametrize(
    ("lang", "words"), [("ko", "버킷이나 폴더가 없습니다: 404 Not Found, NoSuchBucket"), ("en", "does not exist: 404")]
)
def test_a_bucket_that_is_missing(shared_store: str, lang: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    assert words in failure("s3://no-such-bucket/path").problem
    with pytest.raises(SharedStoreError, match=words):
        Objects("s3://no-such-bucket/path").read("name")
    with pytest.raises(SharedStoreError, match=words):
        list(Objects("s3://no-such-bucket/path").listed("name"))


@pytest.mark.server
@pytest.mark.parametrize(("user", "secret"), [("reader", None), (WRITER, "hunter2"), ("unknown", "hunter2")])
def test_access_that_is_denied(
    object_store: S3Server, user: str, secret: str | None, monkeypatch: pytest.MonkeyPatch, in_english: None
) -> None:
    """A user who may only read, a wrong secret, and a user that the server does not know."""
    for name, value in object_store.login("reader").items():
        monkeypatch.setenv(name, value)
    secret = secret or object_store.secrets["reader"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", user)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    error = failure(f"s3://{BUCKET}/path")
    assert "denies access" in error.problem
    assert "403 Forbidden" in error.problem
    assert not error.retryable
    assert secret not in str(error)


def test_a_server_that_is_away_is_tried_again_and_then_reported(
    monkeypatch: pytest.MonkeyPatch, in_english: None
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "admin")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    error = failure("s3://bucket/path")
    assert "does not answer" in error.problem
    assert error.retryable
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "call",
    [
        lambda objects: objects.read("name"),
        lambda objects: objects.put("name", b"x"),
        lambda objects: objects.upload("name", [b"x"]),
        lambda objects: list(objects.pieces("name", 1)),
        lambda objects: list(objects.listed("name")),
        lambda objects: objects.delete(["name"]),
    ],
)
def test_ctrl_c_ends_the_waiting_for_a_server_that_never_answers(
    call: Callable[[Objects], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects_module, "_SECONDS_OF_A_REQUEST", 2 * GIVE_UP_S)
    ended, in_time = threading.Event(), []

    def accept() -> None:
        with server.accept()[0]:
            os.kill(os.getpid(), signal.SIGINT)
            in_time.append(ended.wait(GIVE_UP_S))

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "admin")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        accepting = threading.Thread(target=accept)
        accepting.start()
        with pytest.raises(KeyboardInterrupt):
            call(Objects("s3://bucket/path"))
        ended.set()
        accepting.join()
    assert in_time == [True]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (507, "InsufficientStorage", "is full"),
        (403, "QuotaExceeded", "is full"),
        (503, "SlowDown", "answers with an error: 503 Service Unavailable, SlowDown"),
        (403, "AccessDenied", "denies access"),
    ],
)
def test_answers_of_a_server(
    status: int, code: str, words: str, monkeypatch: pytest.MonkeyPatch, in_english: None
) -> None:
    body = f"<Error><Code>{code}</Code><Message>secret-of-the-server</Message></Error>"
    with server_that_answers(status, body) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "admin")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        error = failure("s3://bucket/path")
    assert words in error.problem
    assert "secret-of-the-server" not in str(error)


def test_a_server_that_is_too_slow(monkeypatch: pytest.MonkeyPatch, in_english: None) -> None:
    monkeypatch.setattr(objects_module, "_SECONDS_OF_A_REQUEST", 0.2)
    answer = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answer.wait(GIVE_UP_S)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "admin")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        error = failure("s3://bucket/path")
        answer.set()
        server.shutdown()
    assert "does not answer" in error.problem
    assert error.retryable


def test_a_folder_that_is_missing(tmp_path: Path, in_english: None) -> None:
    address = (tmp_path / "not mounted").as_uri()
    with pytest.raises(SharedStoreError, match="check that it is mounted"):
        Objects(address)
    assert not (tmp_path / "not mounted").exists()


def test_a_disk_that_is_full(in_english: None) -> None:
    with pytest.raises(SharedStoreError, match="is full"), store_errors("file:///nfs"):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("s3://key:hunter2@bucket/path", "must not contain"),
        ("s3://bucket/path?token=hunter2", "must not contain"),
        ("https://bucket.example/path", "no address of a shared store"),
        ("s3:///path", "no address of a shared store"),
        ("bucket", "no address of a shared store"),
        ("file://host/folder", "no address of a shared store"),
    ],
)
def test_an_address_that_cannot_work(
    address: str, words: str, monkeypatch: pytest.MonkeyPatch, in_english: None
) -> None:
    monkeypatch.setenv("STORYFLOWER_STORE", address)
    with pytest.raises(RecipeError, match=f"STORYFLOWER_STORE: .*{words}") as raised:
        settings()
    assert "hunter2" not in str(raised.value)


def test_without_a_store_obstore_is_not_imported_and_with_one_its_absence_is_reported(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
sys.modules["obstore"] = None  # as if it were not installed
from storyflower.errors import SharedStoreError
from storyflower.storage.home import Home
from storyflower.storage.entries import AnyFacts, StageRef
from storyflower.storage.stages import StageStore
kind = StageRef[AnyFacts]
assert not StageStore(Home(Path(sys.argv[1]))).get_or_build(kind, "tokenize", {}, lambda _: AnyFacts()).cached
try:
    StageStore(Home(Path(sys.argv[1]), store="s3://bucket/path"))
except SharedStoreError as error:
    print(error)
"""
    environment = os.environ | {"STORYFLOWER_LANG": "en"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True, env=environment
    )
    assert "pip install -c constraints.txt -e '.[s3]'" in done.stdout
