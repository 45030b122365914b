"""The stage store: built once, verified on every use, built again when damaged, whole or absent."""

import logging
import threading
from pathlib import Path

import pytest

from storyflower.storage.entries import StageFacts, StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from tests.waiting import GIVE_UP_S

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def store(tmp_path: Path) -> StageStore:
    return StageStore(Home(tmp_path))


class Letters(StageFacts):
    letters: int


class TextRef(StageRef[Letters]):
    pass


class Work:
    """Counts how often the stage really runs."""

    def __init__(self, text: str = "담화") -> None:
        self.text, self.times = text, 0

    def __call__(self, folder: Path) -> Letters:
        self.times += 1
        (folder / "sub").mkdir()
        (folder / "sub" / "text.txt").write_text(self.text, "utf-8")
        return Letters(letters=len(self.text))


def test_a_second_request_is_served_from_the_store(store: StageStore) -> None:
    work = Work()
    first = store.get_or_build(TextRef, "normalize", {"a": 1}, work)
    second = store.get_or_build(TextRef, "normalize", {"a": 1}, work)
    assert (first.cached, second.cached, work.times) == (False, True, 1)
    assert second.value == first.value
    assert second.value.path("sub/text.txt").read_text("utf-8") == "담화"
    assert second.value.facts.letters == 2


@pytest.mark.parametrize("change", [{"a": 2}, {"a": 1, "b": None}, {"b": 1}])
def test_another_dependency_builds_another_entry(store: StageStore, change: dict[str, object]) -> None:
    work = Work()
    store.get_or_build(TextRef, "normalize", {"a": 1}, work)
    assert not store.get_or_build(TextRef, "normalize", change, work).cached
    assert work.times == 2


def test_equal_content_has_an_equal_digest_under_any_key(store: StageStore) -> None:
    one = store.get_or_build(TextRef, "normalize", {"a": 1}, Work()).value
    two = store.get_or_build(TextRef, "normalize", {"a": 2}, Work()).value
    other = store.get_or_build(TextRef, "normalize", {"a": 3}, Work("다른 글")).value
    assert one.key != two.key
    assert one.digest == two.digest != other.digest


@pytest.mark.parametrize("damage", ["file", "missing", "manifest", "no manifest", "facts"])
def test_a_damaged_entry_is_built_again_and_says_so(
    store: StageStore, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work()
    ref = store.get_or_build(TextRef, "normalize", {"a": 1}, work).value
    if damage == "file":
        ref.path("sub/text.txt").write_text("담회", "utf-8")
    elif damage == "missing":
        ref.path("sub/text.txt").unlink()
    elif damage == "manifest":
        (ref.directory / "manifest.json").write_text("{", "utf-8")
    elif damage == "facts":
        manifest = ref.directory / "manifest.json"
        manifest.write_text(manifest.read_text("utf-8").replace('"letters"', '"words"'), "utf-8")
    else:
        (ref.directory / "manifest.json").unlink()
    with caplog.at_level(logging.WARNING):
        again = store.get_or_build(TextRef, "normalize", {"a": 1}, work)
    assert not again.cached
    assert "building the entry again" in caplog.text
    assert again.value.path("sub/text.txt").read_text("utf-8") == "담화"
    assert store.get_or_build(TextRef, "normalize", {"a": 1}, work).cached


def test_a_failing_stage_leaves_nothing_behind(store: StageStore) -> None:
    def fails(folder: Path) -> Letters:
        (folder / "half.txt").write_text("half", "utf-8")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.get_or_build(TextRef, "normalize", {"a": 1}, fails)
    assert [p for p in (store.root / "normalize").iterdir() if p.is_dir()] == []


def test_what_a_kill_left_is_cleared(store: StageStore) -> None:
    ref = store.get_or_build(TextRef, "normalize", {"a": 1}, Work()).value
    ref.path("manifest.json").unlink()
    (ref.directory.with_name(f"{ref.key}.0a1b2c3d.tmp")).mkdir()
    store.get_or_build(TextRef, "normalize", {"a": 1}, Work())
    assert not list((store.root / "normalize").glob("*.tmp"))


def test_two_at_once_build_once(store: StageStore, caplog: pytest.LogCaptureFixture) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(folder: Path) -> Letters:
        begun.set()
        assert go_on.wait(GIVE_UP_S)
        return Work()(folder)

    outcomes = []

    def request() -> None:
        outcomes.append(store.get_or_build(TextRef, "normalize", {"a": 1}, slow))

    first, second = threading.Thread(target=request), threading.Thread(target=request)
    first.start()
    assert begun.wait(GIVE_UP_S)
    second.start()
    go_on.set()
    first.join(GIVE_UP_S)
    second.join(GIVE_UP_S)
    assert sorted(outcome.cached for outcome in outcomes) == [False, True]
