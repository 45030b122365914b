"""Stages of two homes that share a store on a real S3 server: built once, verified, and settled by the first."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storyflower.cluster.bucket import BUCKET
from storyflower.cluster.object_store import S3Server, s3_server, weed
from storyflower.errors import SharedStoreError
from storyflower.storage import lease as leases
from storyflower.storage import objects as objects_module
from storyflower.storage.entries import StageFacts, StageRef, stage_key
from storyflower.storage.home import Home
from storyflower.storage.objects import PIECE, Objects
from storyflower.storage.shared import SharedEntry, SharedStages
from storyflower.storage.stages import StageStore
from tests.waiting import GIVE_UP_S

pytestmark = [pytest.mark.usefixtures("in_english"), pytest.mark.server]

ON = {"a": 1}
KEY = stage_key(ON)


class Letters(StageFacts):
    letters: int


class TextRef(StageRef[Letters]):
    pass


class Work:
    """Writes a text and a large file, and counts how often it does."""

    def __init__(self, text: str = "담화", size: int = 0) -> None:
        self.text, self.size, self.times = text, size, 0

    def __call__(self, folder: Path) -> Letters:
        self.times += 1
        (folder / "sub").mkdir()
        (folder / "sub" / "text.txt").write_text(self.text, "utf-8")
        (folder / "empty").touch()
        (folder / "large.bin").write_bytes(self.text.encode() * (self.size // len(self.text.encode())))
        return Letters(letters=len(self.text))


@pytest.fixture(params=["s3", "folder"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a store in the S3 server, and of one in a folder."""
    if request.param == "s3":
        return str(request.getfixturevalue("shared_store"))
    (tmp_path / "nfs").mkdir()
    return (tmp_path / "nfs").as_uri()


def store_of(folder: Path, address: str) -> StageStore:
    return StageStore(Home(folder, store=address))


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(address: str, prefix: str = "") -> list[str]:
    return sorted(found.name for found in Objects(address).listed(prefix))


def shared_manifest(address: str, stage: str = "normalize", key: str = KEY) -> dict[str, object]:
    found = Objects(address).read(f"stages/{stage}/{key}/manifest.json")
    assert found is not None
    content: dict[str, object] = json.loads(found.content)
    return content


def test_a_second_home_downloads_what_the_first_has_built(tmp_path: Path, address: str) -> None:
    work = Work(size=2 * PIECE + 5)
    first = store_of(tmp_path / "a", address).get_or_build(TextRef, "normalize", ON, work)
    second = store_of(tmp_path / "b", address).get_or_build(TextRef, "normalize", ON, work)
    assert (first.cached, second.cached, work.times) == (False, True, 1)
    assert second.value.files == first.value.files
    assert second.value.facts == first.value.facts
    assert second.value.directory.is_relative_to(tmp_path / "b")
    assert content_of(second.value.directory) == content_of(first.value.directory)  # the manifest, too


def test_an_entry_is_found_by_its_key_in_the_home_and_then_in_the_store(tmp_path: Path, address: str) -> None:
    made = store_of(tmp_path / "a", address).get_or_build(TextRef, "letters", ON, Work()).value
    other = store_of(tmp_path / "b", address)
    assert other.get(TextRef, "letters", "0" * 32) is None
    found = other.get(TextRef, "letters", KEY)
    assert found is not None
    assert found.digest == made.digest
    assert content_of(found.directory) == content_of(made.directory)
    assert StageStore(Home(tmp_path / "b")).get(TextRef, "letters", KEY) == found  # from now on without the store
    assert StageStore(Home(tmp_path / "c")).get(TextRef, "letters", KEY) is None
    assert StageStore(Home(tmp_path / "c", store=address), local=True).get(TextRef, "letters", KEY) is None


def test_nothing_absolute_leaves_the_machine(tmp_path: Path, address: str) -> None:
    store_of(tmp_path / "a", address).get_or_build(TextRef, "normalize", ON, Work())
    assert str(tmp_path) not in json.dumps(shared_manifest(address))
    assert sorted(shared_manifest(address)["files"]) == ["empty", "large.bin", "sub/text.txt"]


def test_an_entry_of_the_home_needs_no_store(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store_of(tmp_path / "a", address).get_or_build(TextRef, "normalize", ON, Work())

    def away(*_: object) -> None:
        raise AssertionError("the store was asked")

    for method in ("read", "create", "replace", "put", "upload"):
        monkeypatch.setattr(Objects, method, away)
    assert store_of(tmp_path / "a", address).get_or_build(TextRef, "normalize", ON, Work()).cached


def test_what_others_are_told_of_is_uploaded_again_after_the_store_was_emptied(tmp_path: Path, address: str) -> None:
    store, other = store_of(tmp_path / "a", address), store_of(tmp_path / "b", address)
    made = store.get_or_build(TextRef, "normalize", ON, Work()).value
    Objects(address).delete_below("stages")
    assert other.get(TextRef, "normalize", KEY) is None
    assert store.share(made) == made
    found = other.get(TextRef, "normalize", KEY)
    assert found is not None
    assert found.files == made.files
    assert StageStore(Home(tmp_path / "a")).share(made) == made


def test_what_a_home_has_built_before_it_had_a_store_is_uploaded_when_it_is_used(tmp_path: Path, address: str) -> None:
    made = StageStore(Home(tmp_path / "a")).get_or_build(TextRef, "normalize", ON, Work()).value
    assert names(address) == []
    assert store_of(tmp_path / "a", address).get_or_build(TextRef, "normalize", ON, Work()).cached
    found = store_of(tmp_path / "b", address).get_or_build(TextRef, "normalize", ON, Work("anders"))
    assert (found.cached, found.value.files) == (True, made.files)


def test_the_loser_of_two_builders_uses_what_the_first_has_uploaded(
    tmp_path: Path, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The second builds while the first uploads: here, from within its own build."""

    class BeatenWork(Work):
        def __call__(self, folder: Path) -> Letters:
            facts = super().__call__(folder)
            StageStore(Home(tmp_path / "a")).get_or_build(TextRef, "normalize", ON, Work("first"))
            entry = tmp_path / "a" / "stages" / "normalize" / KEY
            manifest = json.loads((entry / "manifest.json").read_text("utf-8"))
            SharedStages(address).offer(entry, manifest)
            return facts

    second = store_of(tmp_path / "b", address).get_or_build(TextRef, "normalize", ON, BeatenWork("second"))
    assert not second.cached
    assert second.value.path("sub/text.txt").read_text("utf-8") == "first"
    assert second.value.facts.letters == len("first")
    assert "another machine has uploaded this stage first" in caplog.text
    third = store_of(tmp_path / "c", address).get_or_build(TextRef, "normalize", ON, Work("third"))
    assert third.value.files == second.value.files
    uploads = {name.split("/")[3] for name in names(address, f"stages/normalize/{KEY}") if name.count("/") > 3}
    assert uploads == {shared_manifest(address)["upload"]}  # the loser has removed its own


def test_two_that_build_at_once_end_with_the_same_entry(tmp_path: Path, address: str) -> None:
    """Without a lease, as after one that has expired: both have built before either uploads."""
    barrier = threading.Barrier(2)

    class Meeting(Work):
        def __call__(self, folder: Path) -> Letters:
            barrier.wait(GIVE_UP_S)
            return super().__call__(folder)

    def build(name: str) -> None:
        store = store_of(tmp_path / name, address)
        if address.startswith("s3"):
            store._shared._objects.compares = False  # no lease
        found[name] = store.get_or_build(TextRef, "normalize", ON, Meeting(name)).value

    found: dict[str, TextRef] = {}
    threads = [threading.Thread(target=build, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GIVE_UP_S)
    assert found["a"].files == found["b"].files == shared_manifest(address)["files"]
    assert content_of(found["a"].directory) == content_of(found["b"].directory)


@pytest.mark.parametrize(
    "damage", ["other bytes", "shorter", "longer", "missing", "manifest", "outside", "another's facts"]
)
def test_a_damaged_entry_is_never_used_and_replaced(
    tmp_path: Path, address: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = store_of(tmp_path / "a", address).get_or_build(TextRef, "normalize", ON, Work(size=100)).value
    objects, manifest, name = Objects(address), shared_manifest(address), f"stages/normalize/{KEY}/manifest.json"
    large = f"stages/normalize/{KEY}/{manifest['upload']}/large.bin"
    if damage == "other bytes":
        objects.put(large, b"x" * first.path("large.bin").stat().st_size)
    elif damage == "shorter":
        objects.put(large, b"x")
    elif damage == "longer":
        objects.put(large, first.path("large.bin").read_bytes() + b"x")
    elif damage == "missing":
        objects.delete([large])
    elif damage == "manifest":
        objects.put(name, b"{")
    elif damage == "outside":
        files = {"../../../../outside": "0" * 64}
        objects.put(name, json.dumps(manifest | {"files": files, "sizes": dict.fromkeys(files, 1)}).encode())
    else:
        objects.put(name, json.dumps(manifest | {"facts": {"words": 1}}).encode())
    work = Work("again", size=100)
    with caplog.at_level(logging.WARNING):
        second = store_of(tmp_path / "b", address).get_or_build(TextRef, "normalize", ON, work)
    assert (second.cached, work.times) == (False, 1)
    assert second.value.path("sub/text.txt").read_text("utf-8") == "again"
    assert any(words in caplog.text for words in ("not what was recorded", "cannot be read"))
    third = store_of(tmp_path / "c", address).get_or_build(TextRef, "normalize", ON, Work("third"))
    assert (third.cached, third.value.files) == (True, second.value.files)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(("size", "left"), [(99, 0), (2 * PIECE, 0), (2 * PIECE, 10), (2 * PIECE, PIECE)])
def test_an_entry_whose_file_was_cut_short_is_replaced(tmp_path: Path, address: str, size: int, left: int) -> None:
    """Also before or at the end of a piece, where the request for the next one is outside of the object."""
    first = store_of(tmp_path / "a", address).get_or_build(TextRef, "normalize", ON, Work("abc", size)).value
    large = f"stages/normalize/{KEY}/{shared_manifest(address)['upload']}/large.bin"
    Objects(address).put(large, first.path("large.bin").read_bytes()[:left])
    second = store_of(tmp_path / "b", address).get_or_build(TextRef, "normalize", ON, Work("again"))
    assert not second.cached
    third = store_of(tmp_path / "c", address).get_or_build(TextRef, "normalize", ON, Work("third"))
    assert (third.cached, third.value.files) == (True, second.value.files)


def test_a_second_machine_waits_for_the_first(
    tmp_path: Path, shared_store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(leases, "LOOK", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Work):
        def __call__(self, folder: Path) -> Letters:
            begun.set()
            assert go_on.wait(GIVE_UP_S)
            return super().__call__(folder)

    slow, idle = Slow(), Work()
    outcomes: dict[str, bool] = {}

    def request(name: str, work: Work) -> None:
        outcomes[name] = store_of(tmp_path / name, shared_store).get_or_build(TextRef, "normalize", ON, work).cached

    threads = [threading.Thread(target=request, args=arguments) for arguments in (("a", slow), ("b", idle))]
    threads[0].start()
    assert begun.wait(GIVE_UP_S)
    threads[1].start()
    while "is computing this stage" not in caplog.text:
        threading.Event().wait(0.02)
    go_on.set()
    for thread in threads:
        thread.join(GIVE_UP_S)
    assert outcomes == {"a": False, "b": True}
    assert (slow.times, idle.times) == (1, 0)
    assert not [thread.name for thread in threading.enumerate() if thread.name == "lease"]


KILLED = """
import os, signal, sys
from pathlib import Path
from storyflower.storage.home import Home
from storyflower.storage.objects import Objects
from storyflower.storage.entries import StageFacts, StageRef
from storyflower.storage.stages import StageStore
from tests.unit.storage.test_shared import ON, TextRef, Work

upload = Objects.upload
def dies(self, name, chunks):
    def some():
        for n, chunk in enumerate(chunks):
            if n == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            yield chunk
    upload(self, name, some())
Objects.upload = dies
home, work = Home(Path(sys.argv[1]), store=sys.argv[2]), Work("killed", int(sys.argv[3]))
StageStore(home).get_or_build(TextRef, "normalize", ON, work)
"""


def test_a_machine_killed_in_an_upload_is_replaced_by_another(tmp_path: Path, shared_store: str) -> None:
    size = 4 * PIECE
    root = Path(__file__).parents[3]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path / "a", shared_store, str(size)], cwd=root, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert not [name for name in names(shared_store, "stages") if name.endswith("manifest.json")]
    work = Work("second", size=100)
    second = store_of(tmp_path / "b", shared_store).get_or_build(TextRef, "normalize", ON, work)
    assert (second.cached, work.times) == (False, 1)
    # The first is started again: what it had built is in its home, and gives way to what all others use.
    again = store_of(tmp_path / "a", shared_store).get_or_build(TextRef, "normalize", ON, Work("killed", size))
    assert again.cached
    assert content_of(again.value.directory) == content_of(second.value.directory)


def test_a_server_killed_in_an_upload_costs_the_upload_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, object_store: S3Server
) -> None:
    monkeypatch.setattr(objects_module, "_RETRIES", 1)
    monkeypatch.setattr(leases, "LOOK", 0.05)
    program = weed()
    assert program is not None
    with s3_server(program, tmp_path) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        upload = Objects.upload

        def killing(self: Objects, name: str, chunks: object) -> None:
            def some():
                for number, chunk in enumerate(chunks):
                    if number == 2:
                        server.kill()
                    yield chunk

            upload(self, name, some())

        monkeypatch.setattr(Objects, "upload", killing)
        work = Work(size=4 * PIECE)
        with pytest.raises(SharedStoreError, match="does not answer") as raised:
            store_of(tmp_path / "a", f"s3://{BUCKET}/killed").get_or_build(TextRef, "normalize", ON, work)
        assert raised.value.retryable
        monkeypatch.setattr(Objects, "upload", upload)
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    objects_module._opened.cache_clear()
    address = f"s3://{BUCKET}/revived-{os.getpid()}"
    again = store_of(tmp_path / "a", address).get_or_build(TextRef, "normalize", ON, work)
    assert (again.cached, work.times) == (True, 1)  # it was in the home, and is uploaded now
    assert isinstance(SharedStages(address).read("normalize", KEY), SharedEntry)
