"""The real download, from a hub on loopback that answers as huggingface.co does."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch
from safetensors.torch import load_file

from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.server, pytest.mark.slow]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
RESOLVE = """
import sys
from storyflower.errors import EncoderError
from storyflower.model.encoder import resolve_encoder
from storyflower.recipe_parts import EncoderRecipe
for wanted in sys.argv[1:]:
    name, revision = wanted.split("@")
    try:
        files = resolve_encoder(EncoderRecipe(encoder=name, revision=revision))
        print(files.revision, *sorted(file.name for file in files.directory.iterdir()))
    except EncoderError as error:
        print(str(error).replace(chr(10), " "))
"""


class Hub:
    """Serves one repository, and remembers which files were taken."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.taken: set[str] = set()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if not path.startswith(("/api/models/skt/kobert-base-v1", "/skt/kobert-base-v1")):
                    self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
                elif path.endswith("/revision/v9"):
                    self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
                elif "/revision/" in path:
                    self.answer(200, json.dumps({"id": "skt/kobert-base-v1", "sha": COMMIT, "siblings": []}).encode())
                elif "/tree/" in path:
                    listing = [
                        {"type": "file", "path": name, "size": len(content), "oid": sha1(content).hexdigest()}  # noqa: S324
                        for name, content in files.items()
                    ]
                    self.answer(200, json.dumps(listing).encode())
                else:
                    name = path.rpartition("/")[2]
                    if self.command == "GET":
                        hub.taken.add(name)
                    etag = sha1(files[name]).hexdigest()  # noqa: S324 - git's own name of a file
                    self.answer(200, files[name], {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

            do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

            def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def hub(encoder: Path, tmp_path: Path) -> Iterator[Hub]:
    """A repository with what skt/kobert-base-v1 holds, and with what must not be taken from any."""
    torch.save(load_file(encoder / "model.safetensors"), tmp_path / "pytorch_model.bin")
    unwanted = {"modeling_evil.py": b"raise SystemExit", "tf_model.h5": b"other framework", "README.md": b"hello"}
    hub = Hub(
        unwanted
        | {name: (encoder / name).read_bytes() for name in ("config.json", "spiece.model")}
        | {"pytorch_model.bin": (tmp_path / "pytorch_model.bin").read_bytes()}
    )
    thread = Thread(target=hub.server.serve_forever)
    thread.start()
    yield hub
    hub.server.shutdown()
    thread.join()
    hub.server.server_close()


LOCATE = """
import sys
from storyflower.errors import EncoderError
from storyflower.model.encoder import locate_encoder
from storyflower.recipe_parts import EncoderRecipe
for wanted in sys.argv[1:]:
    name, revision = wanted.split("@")
    try:
        print(locate_encoder(EncoderRecipe(encoder=name, revision=revision)))
    except EncoderError as error:
        print(str(error).replace(chr(10), " "))
"""


def resolve(hub: Hub, cache: Path, *wanted: str, script: str = RESOLVE, **variables: str) -> list[str]:
    """One line for each `name@revision`, in a process of its own: the hub's library reads its environment at import."""
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    environment |= {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(cache),
        "HF_HUB_DISABLE_XET": "1",
        "STORYFLOWER_LANG": "en",
        **variables,
    }
    command = [sys.executable, "-c", script, *wanted]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=GIVE_UP_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_an_encoder_is_downloaded_without_code_and_found_again_offline(hub: Hub, tmp_path: Path):
    kobert, wanted = "skt/kobert-base-v1", ["config.json", "pytorch_model.bin", "spiece.model"]
    found, *refused = resolve(hub, tmp_path, f"{kobert}@main", "skt/nowhere@main", f"{kobert}@v9")
    assert found.split() == [COMMIT, *wanted]
    assert hub.taken == set(wanted)
    assert refused[0].startswith("skt/nowhere@main: it cannot be fetched from the Hugging Face hub (404")
    assert refused[1].startswith("skt/kobert-base-v1@v9: it cannot be fetched from the Hugging Face hub (404")
    assert all("STORYFLOWER_ENCODER" in line for line in refused)

    offline = resolve(hub, tmp_path, f"{kobert}@main", f"{kobert}@{COMMIT}", HF_HUB_OFFLINE="1")
    assert offline == [found, found]


def test_an_encoder_is_located_without_a_download(hub: Hub, tmp_path: Path):
    kobert = "skt/kobert-base-v1@main"
    here, nowhere, wrong = resolve(hub, tmp_path, kobert, "skt/nowhere@main", "not a name@main", script=LOCATE)
    assert COMMIT in here
    assert hub.taken == set()
    assert all("STORYFLOWER_ENCODER" in line for line in (nowhere, wrong))

    resolve(hub, tmp_path, kobert)
    (cached,) = resolve(hub, tmp_path, kobert, script=LOCATE, HF_HUB_OFFLINE="1")
    assert Path(cached).name == COMMIT


RETRYABLE = """
import sys
from storyflower.errors import EncoderError
from storyflower.model.encoder import resolve_encoder
from storyflower.recipe_parts import EncoderRecipe
try:
    resolve_encoder(EncoderRecipe(encoder=sys.argv[1].partition("@")[0]))
except EncoderError as error:
    print(error.retryable)
"""


def test_only_a_hub_out_of_reach_is_worth_another_try(hub: Hub, tmp_path: Path):
    kobert = "skt/kobert-base-v1@main"
    assert resolve(hub, tmp_path, "skt/nowhere@main", script=RETRYABLE) == ["False"]
    assert resolve(hub, tmp_path, kobert, script=RETRYABLE, HF_HUB_OFFLINE="1") == ["False"]
    assert resolve(hub, tmp_path, kobert, script=RETRYABLE, HF_ENDPOINT="http://127.0.0.1:1") == ["True"]


def test_a_hub_that_never_answers_may_answer_later(hub: Hub, tmp_path: Path) -> None:
    """A real socket whose connections are accepted and never served: given up after a few seconds."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert resolve(hub, tmp_path, "skt/kobert-base-v1@main", script=RETRYABLE, HF_ENDPOINT=address) == ["True"]
