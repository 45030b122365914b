"""The newest checkpoint of a training in a shared store: which one counts, and what a failing store changes."""

import threading
from pathlib import Path

import pytest

from storyflower.digests import file_sha256
from storyflower.errors import SharedStoreError
from storyflower.messages import problem
from storyflower.pipeline import shared_checkpoints as module
from storyflower.pipeline.shared_checkpoints import SharedCheckpoint, drop_shared_checkpoints, shared_checkpoints
from storyflower.storage.home import Home
from storyflower.storage.objects import PIECE, Objects
from tests.waiting import GIVE_UP_S, until

pytestmark = pytest.mark.usefixtures("in_english")

KEY, THIS = "0" * 32, "this training"


@pytest.fixture(autouse=True)
def _looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)


@pytest.fixture(params=["s3", "folder"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "s3":
        return str(request.getfixturevalue("shared_store"))
    (tmp_path / "nfs").mkdir()
    return (tmp_path / "nfs").as_uri()


def write(folder: Path, epoch: int, content: bytes = b"weights") -> Path:
    """A checkpoint as the training leaves it, which appears by a rename."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"epoch-{epoch:04d}.tmp"
    draft.write_bytes(content + str(epoch).encode())
    return draft.replace(folder / f"epoch-{epoch:04d}.{file_sha256(draft)[:16]}.pt")


def newest(address: str) -> SharedCheckpoint | None:
    found = Objects(address).read(f"checkpoints/{KEY}/manifest.json")
    return None if found is None else SharedCheckpoint.model_validate_json(found.content)


def train(address: str, folder: Path, *epochs: int, content: bytes = b"weights", fingerprint: str = THIS) -> None:
    """Write checkpoints one after another, each when the one before is in the shared store."""
    with shared_checkpoints(Home(folder, store=address), KEY, folder, fingerprint):
        for epoch in epochs:
            write(folder, epoch, content)
            until(lambda: (found := newest(address)) is not None and found.epoch >= epoch, "no upload")  # noqa: B023


def kept(folder: Path) -> list[str]:
    return sorted(file.name.partition(".")[0] for file in folder.iterdir())


def test_the_newest_is_shared_and_brought_to_another_folder(address: str, tmp_path: Path) -> None:
    train(address, tmp_path / "a", 1, 2, 3, content=b"w" * (2 * PIECE))
    assert len(list(Objects(address).listed("checkpoints"))) == 2  # the manifest, and the newest checkpoint alone
    train(address, tmp_path / "b")
    assert kept(tmp_path / "b") == ["epoch-0003"]
    (brought,) = (tmp_path / "b").iterdir()
    assert brought.read_bytes() == (tmp_path / "a" / brought.name).read_bytes()
    drop_shared_checkpoints(Home(tmp_path, store=address), KEY)
    assert list(Objects(address).listed("checkpoints")) == []


def test_what_is_further_counts(address: str, tmp_path: Path) -> None:
    train(address, tmp_path / "a", 2)
    write(tmp_path / "b", 3)
    train(address, tmp_path / "b")
    assert kept(tmp_path / "b") == ["epoch-0003"]
    write(tmp_path / "c", 1)
    train(address, tmp_path / "c")
    assert kept(tmp_path / "c") == ["epoch-0001", "epoch-0002"]


def test_a_damaged_file_of_the_same_epoch_does_not_count(address: str, tmp_path: Path) -> None:
    train(address, tmp_path / "a", 2)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / f"epoch-0002.{'0' * 16}.pt").write_bytes(b"damaged")
    train(address, tmp_path / "b")
    assert len(kept(tmp_path / "b")) == 2


def test_one_of_another_training_is_not_brought_and_gives_way(address: str, tmp_path: Path) -> None:
    train(address, tmp_path / "a", 9, fingerprint="another training")
    folder = tmp_path / "b"
    with shared_checkpoints(Home(folder, store=address), KEY, folder, THIS):
        assert not folder.exists()
        write(folder, 1)
        until(lambda: (found := newest(address)) is not None and found.fingerprint == THIS, "no upload")


@pytest.mark.parametrize("content", [b"", b"x", b"x" * len(b"weights2")])
def test_wrong_bytes_are_not_used(
    address: str, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    train(address, tmp_path / "a", 2)
    found = newest(address)
    assert found is not None
    Objects(address).put(f"checkpoints/{KEY}/{found.upload}/{found.name}", content)
    train(address, tmp_path / "b")
    assert kept(tmp_path / "b") == []
    assert "not what was recorded" in caplog.text


def test_a_store_that_fails_during_the_training_does_not_stop_it(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put, folder = Objects.put, tmp_path / "a"

    def away(self: Objects, name: str, content: bytes) -> None:
        raise problem(SharedStoreError, "shared_unreachable", self.place, reason="away")

    monkeypatch.setattr(Objects, "put", away)
    monkeypatch.setattr(module, "PAUSE", 0.01)
    with shared_checkpoints(Home(folder, store=address), KEY, folder, THIS):
        write(folder, 1)
        until(lambda: "could not be uploaded" in caplog.text, "no warning")
        monkeypatch.setattr(Objects, "put", put)
        until(lambda: newest(address) is not None, "no upload")


def test_an_upload_under_way_is_ended_with_the_training(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, upload, folder = threading.Event(), Objects.upload, tmp_path / "a"

    def slow(self: Objects, name: str, chunks: object) -> None:
        def some():
            for chunk in chunks:
                begun.set()
                ended.wait(GIVE_UP_S)
                yield chunk

        upload(self, name, some())

    ended = threading.Event()
    monkeypatch.setattr(Objects, "upload", slow)
    with pytest.raises(KeyboardInterrupt), shared_checkpoints(Home(folder, store=address), KEY, folder, THIS):
        write(folder, 1, b"w" * (3 * PIECE))
        assert begun.wait(GIVE_UP_S)
        threading.Timer(0.1, ended.set).start()
        raise KeyboardInterrupt
    assert newest(address) is None
    assert "checkpoints" not in {thread.name for thread in threading.enumerate()}
