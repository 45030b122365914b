"""Following the alias: promotions, versions that do not load, and a registry that is away."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from storyflower.app import following
from storyflower.app.following import Follower
from storyflower.app.metrics import Metrics
from storyflower.data.labels import MAJORS
from storyflower.errors import StoryFlowerError
from storyflower.model.integrity import model_digest_of, model_files_in
from storyflower.registry.opened import find_version
from storyflower.registry.references import ModelReference
from storyflower.registry.version_files import intact_folder
from storyflower.registry.versions import register_version
from storyflower.storage.home import Home
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client
from tests.waiting import GIVE_UP_S

CHAMPION = "@champion"


@pytest.fixture
def alias(served_home: Home) -> Iterator[None]:
    yield
    client(served_home).set_registered_model_alias(served_home.model, "champion", "1")


def point(home: Home, version: str) -> None:
    client(home).set_registered_model_alias(home.model, "champion", version)


def followed(home: Home, reference: str = CHAMPION) -> Follower:
    wanted = ModelReference.parse(reference, home.model)
    return Follower(home, wanted, device="cpu", precision="fp32", metrics=Metrics())


@pytest.mark.usefixtures("alias")
def test_a_promotion_and_a_rollback_take_over(served_home: Home) -> None:
    follower = followed(served_home)
    first = weakref.ref(follower.current().predictor)
    for version in ("2", "1", "2"):
        point(served_home, version)
        follower.look()
        assert (follower.current().version, follower.error) == (version, None)
    gc.collect()
    assert first() is None  # its memory is free


@pytest.mark.usefixtures("alias")
def test_a_number_stays(served_home: Home) -> None:
    follower = followed(served_home, "1")
    follower.start()
    assert not follower._thread.is_alive()


@pytest.mark.usefixtures("alias")
def test_without_its_alias_the_version_stays(served_home: Home) -> None:
    follower = followed(served_home)
    client(served_home).delete_registered_model_alias(served_home.model, "champion")
    follower.look()
    assert follower.current().version == "1"
    assert follower.error is not None
    assert "지금 챔피언(@champion)은 없습니다" in follower.error.message
    point(served_home, "1")
    follower.look()
    assert follower.error is None


@pytest.mark.usefixtures("alias")
def test_a_version_that_does_not_load_leaves_the_one_in_force(
    served_home: Home, two_models: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = followed(served_home)
    with tracked_run(served_home, "test", {}) as run:
        broken = register_version(run, two_models[1], MAJORS, {"model_digest": "broken"})
    weights = intact_folder(served_home, broken) / "artifacts" / "model" / "model.safetensors"
    weights.unlink()
    point(served_home, str(broken.version))
    follower.look()
    assert follower.current().version == "1"
    assert follower.error is not None
    assert f"{broken.version}" in follower.error.message
    since = follower.error.since
    follower.look()
    assert follower.error.since == since  # since when, not the last look
    for _ in range(5):
        follower.look()
    assert follower._pause == 60.0  # grows no further: the thread is to go on for months
    point(served_home, "2")
    follower.look()
    assert (follower.current().version, follower.error) == ("2", None)


def test_a_version_that_is_damaged_after_it_has_answered_does_not_come_back(
    own_home: Path, two_models: tuple[Path, Path]
) -> None:
    """Its files were intact when this process loaded it; the alias moves away and back."""
    home = Home(own_home)
    with tracked_run(home, "test", {}) as run:
        for directory in two_models:
            register_version(run, directory, MAJORS, {"model_digest": model_digest_of(model_files_in(directory))})
    point(home, "1")
    follower = followed(home)
    weights = find_version(home, ModelReference(home.model, "1")).directory / "model.safetensors"
    point(home, "2")
    follower.look()
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.unlink()  # a hard link to the model that other tests use
    weights.write_bytes(content)
    point(home, "1")
    follower.look()
    assert follower.current().version == "2"
    assert follower.error is not None
    assert "model.safetensors" in follower.error.message


def test_a_registry_that_is_away_is_no_reason_to_stop(served_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    follower = followed(served_home)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    follower._home = Home(served_home.folder, "http://127.0.0.1:9")  # a port at which nothing listens
    follower.look()
    assert follower.current().version == "1"
    assert follower.error is not None
    assert "127.0.0.1:9" in follower.error.message
    follower._home = served_home
    follower.look()
    assert follower.error is None


def test_the_thread_follows_by_itself(served_home: Home, monkeypatch: pytest.MonkeyPatch, alias: None) -> None:
    monkeypatch.setattr(following, "SECONDS_BETWEEN_LOOKS", 0.01)
    follower = followed(served_home)
    point(served_home, "2")
    follower.start()
    while follower.current().version != "2":
        assert follower._thread.is_alive()
    follower.stop()
    follower._thread.join(GIVE_UP_S)  # a look that has begun ends first
    assert not follower._thread.is_alive()


def test_without_a_model_nothing_starts(own_home: Path) -> None:
    with pytest.raises(StoryFlowerError, match="등록된 모델"):
        followed(Home(own_home))
