"""A stage is retried after a broken connection, but not after a missing file or a bug."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from prefect import flow

import tasks.stage
from storyflower.errors import WorkbookError
from storyflower.storage.entries import Outcome
from storyflower.storage.locations import local_file
from storyflower.tracking.runs import TrackedRun, tracked_run
from tests.homes import current_home

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(find_spec("aiohttp") is None, reason="the extra http is not installed"),
]


class Site:
    """Resets every connection until it is `up`; then answers `/book.xlsx`, and 404 to anything else."""

    def __init__(self) -> None:
        self.up = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, suppress(ConnectionError):
                    request = connection.recv(4096)
                    if not self.up:
                        reset = struct.pack("ii", 1, 0)  # closing sends RST
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                        continue
                    found = request.split(b" ")[1].startswith(b"/book.xlsx")
                    status, body = (b"200 OK", b"content") if found else (b"404 Not Found", b"")
                    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body))
                    connection.sendall(head + (b"" if request.startswith(b"HEAD") else body))

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], Path]], list[int]]:
    """Runs some work as a stage with two retries in a real flow; gives the numbers of the tries."""
    monkeypatch.setattr(tasks.stage, "RETRY_DELAYS", [0.0, 0.0])

    def run(work: Callable[[int], Path], made: list[int]) -> Path:
        @tasks.stage.stage("fetch", retries=2)
        def fetch(run: TrackedRun) -> Outcome[Path]:
            made.append(len(made) + 1)
            return Outcome(work(len(made)), cached=False)

        @flow
        def fetching() -> Path:
            with tracked_run(current_home(), "fetching", {}) as run:
                return fetch(run)

        return fetching()

    return run


def test_a_reset_connection_is_tried_again(tries, site: Site, tmp_path: Path) -> None:
    def work(number: int) -> Path:
        site.up = number == 3
        return local_file(f"{site.url}/book.xlsx?token=secret", tmp_path, 1)

    made: list[int] = []
    assert tries(work, made).read_bytes() == b"content"
    assert made == [1, 2, 3]


def test_a_missing_file_is_not_tried_again(tries, site: Site, tmp_path: Path) -> None:
    site.up = True
    made: list[int] = []
    with pytest.raises(WorkbookError):
        tries(lambda _: local_file(f"{site.url}/none.xlsx", tmp_path, 1), made)
    assert made == [1]


def test_a_bug_is_not_tried_again_and_keeps_its_traceback(tries, tmp_path: Path) -> None:
    made: list[int] = []
    with pytest.raises(TypeError, match="NoneType"):
        tries(lambda _: local_file(None, tmp_path, 1), made)
    assert made == [1]


def test_the_log_of_a_failure_holds_no_secret(
    tries, site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"{site.url}/book.xlsx?token=secret"
    with pytest.raises(WorkbookError, match="ConnectionResetError") as failed:
        tries(lambda _: local_file(address, tmp_path, 1), [])
    assert failed.value.retryable
    assert "book.xlsx" in caplog.text
    assert "secret" not in caplog.text + str(failed.value)
