"""The policy on a real home: what goes, what stays because a version needs it or a run is at it, and the dry run."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from storyflower.pipeline.facts import CorpusCounts, CorpusFacts
from storyflower.pipeline.manifests import CorpusRef, ModelRef
from storyflower.pipeline.model_facts import ModelFacts
from storyflower.promotion.pruning import PruningReport, prune
from storyflower.settings import DEFAULT_MODEL, settings
from storyflower.storage.cleanup import StageCleanup
from storyflower.storage.entries import AnyFacts, StageFacts, StageRef
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client, experiment_id
from storyflower.training.progress import EpochRecord
from tests.homes import current_home

DAY = 86_400
EntryRef = StageRef[AnyFacts]


@pytest.fixture
def store(own_home: Path) -> StageStore:
    return StageStore(Home(own_home))


def facts_of(kind: type[Any], text: str) -> StageFacts:
    """Of a corpus, its content; of a model, how it was trained; of another stage, nothing."""
    if kind is CorpusRef:
        counts = CorpusCounts(train=1, dev=1, validation=1, training_rows=2, validation_rows=1)
        digests = {"training_digest": "t", "validation_digest": "v", "content_digest": f"corpus of {text}"}
        return CorpusFacts(counts=counts, label_columns=("감정",), **digests)
    if kind is ModelRef:
        return ModelFacts(best_epoch=1, epochs=1, best=EpochRecord(1, *[0.5] * 9))
    return AnyFacts()


def make(store: StageStore, kind: type[Any], stage: str, text: str, *, idle_days: float = 60) -> Any:
    def build(folder: Path) -> StageFacts:
        (folder / "model").mkdir()
        (folder / "model" / "weights").write_text(text, "utf-8")
        return facts_of(kind, text)

    ref = store.get_or_build(kind, stage, {"text": text}, build).value
    age(ref.directory, idle_days)
    return ref


def age(path: Path, days: float) -> None:
    """As if path and all in it had last been touched so many days ago."""
    moment = time.time() - days * DAY
    for found in (*path.rglob("*"), path):
        os.utime(found, (moment, moment))


def register(**tags: str) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        client(current_home()).create_registered_model(DEFAULT_MODEL)
        client(current_home()).create_model_version(
            DEFAULT_MODEL, client(current_home()).get_run(run.run_id).info.artifact_uri, run.run_id, tags=dict(tags)
        )


def pruned(dry_run: bool = False) -> PruningReport:
    machine = settings()
    return prune(current_home(), keep_days=machine.keep_days, keep_rejected=machine.keep_rejected, dry_run=dry_run)


def names(dry_run: bool = False) -> list[str]:
    return [f"{item.kind}: {item.name}" for item in pruned(dry_run).pruned]


def test_entries_unused_for_long_are_removed_and_used_ones_stay(store: StageStore) -> None:
    old = make(store, EntryRef, "tokenize", "old")
    used = make(store, EntryRef, "tokenize", "used")
    make(store, EntryRef, "tokenize", "used")  # used again
    make(store, EntryRef, "tokenize", "used", idle_days=29)
    assert names(dry_run=True) == [f"stage cache: tokenize/{old.key}"]
    assert old.directory.is_dir()
    assert names() == [f"stage cache: tokenize/{old.key}"]
    assert not old.directory.exists()
    assert used.directory.is_dir()
    assert names() == []


def test_a_corpus_whose_facts_cannot_be_read_stays(store: StageStore) -> None:
    manifest = make(store, CorpusRef, "normalize", "old").path("manifest.json")
    manifest.write_text(manifest.read_text("utf-8").replace("content_digest", "digest"), "utf-8")
    age(manifest, 60)
    assert names() == []


def test_a_use_makes_an_entry_young_again(store: StageStore) -> None:
    old = make(store, EntryRef, "tokenize", "old")
    assert store.get_or_build(EntryRef, "tokenize", {"text": "old"}, lambda _: AnyFacts()).cached
    assert names() == []
    assert old.directory.is_dir()


@pytest.mark.parametrize("tag", ["corpus_digest", "learned_digest"])
def test_what_a_registered_version_was_made_of_stays(store: StageStore, tag: str) -> None:
    model, other = (make(store, ModelRef, "finetune", text) for text in ("champion", "other"))
    corpus, stale = (make(store, CorpusRef, "normalize", text) for text in ("champion", "other"))
    known_by = {"corpus_digest": corpus.digest, "learned_digest": corpus.learned_digest}
    register(**{"model_digest": model.digest, tag: known_by[tag]})
    assert names() == [f"stage cache: finetune/{other.key}", f"stage cache: normalize/{stale.key}"]
    assert model.directory.is_dir()
    assert corpus.directory.is_dir()


def test_what_a_long_training_may_still_need_stays(store: StageStore) -> None:
    tokens = make(store, EntryRef, "tokenize", "its input")
    with tracked_run(current_home(), "test", {}):
        assert names(dry_run=True) == names() == []
    assert names() == [f"stage cache: tokenize/{tokens.key}"]


def test_a_run_that_nobody_ends_is_named_and_what_to_do_about_it_helps(store: StageStore) -> None:
    """A run of another program in the same experiment: `reconcile` cannot know whether it has ended."""
    tokens = make(store, EntryRef, "tokenize", "old")
    foreign = client(current_home()).create_run(experiment_id(current_home()), run_name="someone's").info.run_id
    report = pruned()
    assert report.pruned == []
    assert report.kept_for == [f"someone's {foreign}"]
    assert f"someone's {foreign}" in report.summary
    assert "storyflower reconcile" in report.summary
    client(current_home()).delete_run(foreign)
    report = pruned()
    assert [item.name for item in report.pruned] == [f"tokenize/{tokens.key}"]
    assert report.summary.startswith("1개 항목을 정리했습니다")
    assert "RUNNING" not in report.summary


def test_the_time_is_a_setting(store: StageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    make(store, EntryRef, "tokenize", "old")
    monkeypatch.setenv("STORYFLOWER_KEEP_DAYS", "90")
    assert names() == []
    monkeypatch.setenv("STORYFLOWER_KEEP_DAYS", "59")
    assert len(names()) == 1


def test_a_stage_that_a_run_is_at_is_left_alone(store: StageStore, own_home: Path) -> None:
    busy = make(store, EntryRef, "tokenize", "busy")
    draft = busy.directory.with_name(f"{busy.key}.0a1b2c3d.tmp")
    draft.mkdir()
    checkpoints = own_home / "checkpoints" / "abc"
    checkpoints.mkdir(parents=True)
    (checkpoints / "epoch-0001.pt").write_bytes(b"x" * 1000)
    age(checkpoints, 60)
    (store.root / "finetune").mkdir()
    with FileLock(f"{busy.directory}.lock"), FileLock(store.root / "finetune" / "abc.lock"):
        assert not StageCleanup(current_home()).drop_unused(busy, time.time())
        assert [name for name in names() if "tokenize" not in name] == []
        assert draft.is_dir()
        assert checkpoints.is_dir()
    assert [item.kind for item in pruned().pruned] == ["stage cache", "unfinished draft", "checkpoint"]
    assert not draft.exists()
    assert not checkpoints.exists()


def test_downloads_and_checkpoints_go_by_their_age_and_are_weighed(own_home: Path) -> None:
    for days in (1, 60):
        for folder in ("downloads", f"checkpoints/{days}"):
            (own_home / folder).mkdir(parents=True, exist_ok=True)
        for file in (own_home / "downloads" / f"{days}.xlsx", own_home / "checkpoints" / str(days) / "epoch-0001.pt"):
            file.write_bytes(b"x" * 1000)
        age(own_home / "downloads" / f"{days}.xlsx", days)
        for name in (f"{days}.json", f"{days}.lock"):  # the lock of an output may be waited at
            (own_home / "scorings").mkdir(exist_ok=True)
            (own_home / "scorings" / name).write_bytes(b"x" * 1000)
            age(own_home / "scorings" / name, days)
        age(own_home / "checkpoints" / str(days), days)
    report = pruned()
    assert [(item.kind, item.name, item.bytes) for item in report.pruned] == [
        ("checkpoint", "60", 1000),
        ("download", "60.xlsx", 1000),
        ("scoring", "60.json", 1000),
    ]
    assert report.pruned[0].idle_days == pytest.approx(60, abs=0.1)
    assert report.summary == "3개 항목을 정리했습니다(0.0 MiB)."
    assert (own_home / "checkpoints" / "1").is_dir()


def test_old_sweeps_go_and_what_they_chose_stays(own_home: Path) -> None:
    home = Home(own_home)
    for name in ("old", "new", "chosen"):
        (home.sweeps / name).mkdir(parents=True)
        (home.sweeps / name / "study.db").write_text(name, "utf-8")
    for name in ("old", "chosen"):
        age(home.sweeps / name, 60)
    dry = prune(home, keep_days=30, keep_rejected=5, dry_run=True)
    assert [(item.kind, item.name) for item in dry.pruned] == [("sweep", "old")]
    with home.lock("sweep"):
        assert not prune(home, keep_days=30, keep_rejected=5).pruned
    (gone,) = prune(home, keep_days=30, keep_rejected=5).pruned
    assert (gone.kind, gone.name, gone.bytes) == ("sweep", "old", 3)
    assert {folder.name for folder in home.sweeps.iterdir()} == {"new", "chosen"}


def test_what_is_not_the_homes_is_left_where_it_lies(store: StageStore, own_home: Path) -> None:
    make(store, EntryRef, "tokenize", "new", idle_days=0)
    folders = ("", "stages", "stages/tokenize", "checkpoints", "sweeps", "downloads/mine", "scorings/mine.json")
    files = [own_home / folder / ".DS_Store" for folder in folders]
    files.append(own_home / "stages" / "tokenize" / "mine.tmp")
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
        age(file, 60)
    assert names(dry_run=True) == names() == []
    assert all(file.is_file() for file in files)


def test_an_empty_home_has_nothing_to_prune() -> None:
    assert names() == []


def test_nothing_outside_the_home_is_removed(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copied home has the links of the original: whole folders on another disk, and single entries."""
    disk = tmp_path / "disk"
    for folder in ("stages", "checkpoints", "downloads"):
        (disk / folder).mkdir(parents=True)
        own_home.mkdir(exist_ok=True)
        (own_home / folder).symlink_to(disk / folder)
    make(StageStore(Home(own_home)), EntryRef, "tokenize", "old")
    draft = disk / "stages" / "tokenize" / f"{'0' * 32}.0a1b2c3d.tmp"
    draft.mkdir()
    (disk / "checkpoints" / "abc").mkdir()
    (disk / "downloads" / "book.xlsx").write_bytes(b"x")
    age(disk, 60)

    def content() -> list[Path]:
        return [path for path in sorted(disk.rglob("*")) if path.suffix != ".lock"]

    before = content()
    assert names() == []
    assert content() == before

    other = tmp_path / "other"
    monkeypatch.setenv("STORYFLOWER_HOME", str(other))
    (kept := other / "stages" / "tokenize").mkdir(parents=True)
    (entry,) = (path for path in (disk / "stages" / "tokenize").iterdir() if path.is_dir() and path != draft)
    (kept / entry.name).symlink_to(entry)
    assert names() == []
    assert content() == before
