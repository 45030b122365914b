"""What `doctor` finds out about a shared store: a server that ignores conditions is refused."""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from storyflower.errors import SharedStoreError
from storyflower.storage import objects as objects_module
from storyflower.storage.objects import Objects
from storyflower.storage.shared_probe import require_conditional_writes

pytestmark = pytest.mark.usefixtures("in_english")


@contextmanager
def server_that_honours(*headers: str) -> Iterator[str]:
    """The address of a server that keeps objects in memory and honours some of the conditions of writes."""
    kept: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            content, expected = self.body(), self.headers["If-Match"] if "If-Match" in headers else None
            exists = "If-None-Match" in headers and self.headers["If-None-Match"] == "*" and self.path in kept
            if exists or (expected is not None and expected != tag_of(kept[self.path])):
                self.answer(412)
            else:
                kept[self.path] = content
                self.answer(200, tag_of(content))

        def do_POST(self) -> None:  # the deletion of several objects
            (key,) = re.findall(r"<Key>(.*?)</Key>", self.body().decode())
            del kept[f"/bucket/{key}"]
            self.answer(200, body=f"<DeleteResult><Deleted><Key>{key}</Key></Deleted></DeleteResult>".encode())

        def body(self) -> bytes:
            return self.rfile.read(int(self.headers["Content-Length"]))

        def answer(self, status: int, tag: str = "", body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    assert kept == {}  # nothing is left behind


def tag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'


@pytest.mark.parametrize(
    ("honoured", "words"),
    [
        ((), "ignores the condition to create only"),
        (("If-Match",), "ignores the condition to create only"),
        (("If-None-Match",), "ignores the condition to replace only"),
        (("If-None-Match", "If-Match"), None),
    ],
)
def test_conditions_that_a_server_ignores_are_found(
    honoured: tuple[str, ...], words: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects_module._opened.cache_clear()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "admin")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with server_that_honours(*honoured) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        if words is None:
            require_conditional_writes("s3://bucket/path")
            return
        with pytest.raises(SharedStoreError, match=words):
            require_conditional_writes("s3://bucket/path")


@pytest.mark.server
def test_a_real_server_honours_them(shared_store: str) -> None:
    objects_module._opened.cache_clear()
    require_conditional_writes(shared_store)
    assert list(Objects(shared_store).listed("")) == []


def test_a_folder_can_be_used(tmp_path: Path) -> None:
    require_conditional_writes(tmp_path.as_uri())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
