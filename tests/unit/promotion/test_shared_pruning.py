"""The policy on a shared store: what is old goes, and what a version needs or a machine has downloaded lately stays."""

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from storyflower.pipeline.manifests import CorpusRef, ModelRef
from storyflower.promotion import pruning
from storyflower.promotion.pruning import prune
from storyflower.storage.entries import AnyFacts, StageRef
from storyflower.storage.home import Home
from storyflower.storage.lease import LeaseState
from storyflower.storage.objects import Objects
from storyflower.storage.stages import StageStore
from tests.unit.promotion.test_pruning import DAY, age, make, register

EntryRef = StageRef[AnyFacts]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a shared store that the settings name."""
    (tmp_path / "nfs").mkdir()
    monkeypatch.setenv("STORYFLOWER_STORE", (tmp_path / "nfs").as_uri())
    return tmp_path / "nfs"


def home(own_home: Path) -> Home:
    return Home(own_home, store=os.environ["STORYFLOWER_STORE"])


def names(own_home: Path, dry_run: bool = False) -> list[str]:
    """What is pruned in the shared store."""
    report = prune(home(own_home), keep_days=30, keep_rejected=5, dry_run=dry_run)
    return [f"{item.kind}: {item.name}" for item in report.pruned if item.kind.startswith("shared")]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_old_entries_go_and_young_or_downloaded_ones_stay(own_home: Path, folder: Path, tmp_path: Path) -> None:
    store = StageStore(home(own_home))
    old, downloaded = (make(store, EntryRef, "tokenize", text) for text in ("old", "downloaded"))
    age(folder, 60)
    young = make(store, EntryRef, "tokenize", "young")
    elsewhere = StageStore(Home(tmp_path / "elsewhere", store=folder.as_uri()))
    assert elsewhere.get_or_build(EntryRef, "tokenize", {"text": "downloaded"}, lambda _: AnyFacts()).cached
    before = files(folder)
    expected = [f"shared entry: tokenize/{old.key}"]
    assert names(own_home, dry_run=True) == expected
    assert files(folder) == before
    assert names(own_home) == expected
    assert {name.split("/")[2] for name in files(folder)} == {downloaded.key, young.key}
    assert names(own_home) == []


def test_an_entry_that_the_home_still_uses_is_uploaded_again(own_home: Path, folder: Path) -> None:
    used = make(StageStore(home(own_home)), EntryRef, "tokenize", "used", idle_days=0)
    before = files(folder)
    age(folder, 60)
    assert names(own_home) == [f"shared entry: tokenize/{used.key}"]
    assert files(folder) == []
    assert make(StageStore(home(own_home)), EntryRef, "tokenize", "used", idle_days=0) == used
    assert len(files(folder)) == len(before)


def test_both_the_home_and_the_store_are_listed(own_home: Path, folder: Path) -> None:
    make(StageStore(home(own_home)), EntryRef, "tokenize", "old")
    age(folder, 60)
    report = prune(home(own_home), keep_days=30, keep_rejected=5, dry_run=True)
    assert [item.kind for item in report.pruned] == ["stage cache", "shared entry"]
    assert report.pruned[1].bytes > report.pruned[0].bytes > 0
    assert report.pruned[1].idle_days == pytest.approx(60, abs=0.1)


def test_what_a_registered_version_was_made_of_stays(own_home: Path, folder: Path) -> None:
    store = StageStore(home(own_home))
    model, other = (make(store, ModelRef, "finetune", text) for text in ("champion", "other"))
    corpus, stale = (make(store, CorpusRef, "normalize", text) for text in ("champion", "other"))
    unreadable = make(store, CorpusRef, "normalize", "unreadable")
    manifest = folder / "stages" / "normalize" / unreadable.key / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("content_digest", "digest"), "utf-8")
    age(folder, 60)
    register(model_digest=model.digest, corpus_digest=corpus.digest)
    assert names(own_home) == [f"shared entry: finetune/{other.key}", f"shared entry: normalize/{stale.key}"]
    assert {name.split("/")[2] for name in files(folder)} == {model.key, corpus.key, unreadable.key}


def test_uploads_of_killed_machines_old_checkpoints_and_leases_go(own_home: Path, folder: Path) -> None:
    entry = make(StageStore(home(own_home)), EntryRef, "tokenize", "entry")
    objects = Objects(folder.as_uri())

    def leave(age_of: str) -> None:
        objects.put(f"stages/tokenize/{entry.key}/{age_of}/file", b"upload beside another")
        objects.put(f"stages/finetune/{age_of}/upload/model/weights", b"upload without a manifest")
        objects.put(f"checkpoints/{age_of}/manifest.json", b"{}")
        objects.put(f"checkpoints/{age_of}/upload/epoch-0001.pt", b"checkpoint")
        objects.put(f"leases/finetune/{age_of}", LeaseState(nonce="n", owner="o").model_dump_json().encode())

    leave("old")
    age(folder, 60)
    (folder / "stages" / "tokenize" / entry.key / "manifest.json").touch()
    leave("young")
    assert names(own_home) == [
        "shared checkpoint: old",
        "shared draft: finetune/old/upload",
        f"shared draft: tokenize/{entry.key}/old",
        "shared lease: finetune/old",
    ]
    assert not [name for name in files(folder) if "old" in name]
    assert len([name for name in files(folder) if "young" in name]) == 5


@pytest.mark.server
def test_a_store_in_a_real_server(own_home: Path, shared_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_STORE", shared_store)
    old = make(StageStore(home(own_home)), EntryRef, "tokenize", "old")
    assert names(own_home) == []
    later = time.time() + 60 * DAY
    monkeypatch.setattr(pruning, "time", SimpleNamespace(time=lambda: later))
    assert names(own_home) == [f"shared entry: tokenize/{old.key}", f"shared lease: tokenize/{old.key}"]
    assert list(Objects(shared_store).listed("")) == []
