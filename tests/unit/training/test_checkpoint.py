import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from storyflower.digests import file_sha256
from storyflower.errors import StoryFlowerError
from storyflower.training import checkpoint as checkpoint_module
from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.checkpoint_files import Checkpoint, best_epoch
from storyflower.training.host_copy import host_copy
from storyflower.training.progress import EpochRecord

pytestmark = pytest.mark.usefixtures("in_english")


def record(epoch: int, macro_f1: float) -> EpochRecord:
    return EpochRecord(
        epoch=epoch,
        train_loss=1.0,
        train_accuracy=0.5,
        dev_loss=1.0,
        dev_accuracy=0.5,
        dev_macro_f1=macro_f1,
        learning_rate=1e-3,
        examples_per_second=10.0,
        seconds=1.0,
        dev_seconds=0.1,
    )


def history(*scores: float) -> tuple[EpochRecord, ...]:
    return tuple(record(epoch, score) for epoch, score in enumerate(scores, start=1))


def checkpoint(*scores: float) -> Checkpoint:
    """After as many epochs as there are scores; its weights differ from epoch to epoch."""
    weight = torch.full((300,), float(len(scores)))
    state = {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
    return Checkpoint({"weight": weight}, state, {}, history(*scores))


def save_all(store: CheckpointStore, *scores: float) -> None:
    for epoch in range(1, len(scores) + 1):
        store.save(checkpoint(*scores[:epoch]))
    store.wait()


def epochs_kept(folder: Path) -> list[str]:
    return sorted(file.name.partition(".")[0] for file in folder.iterdir())


def damage(folder: Path, epoch: int) -> None:
    """Flip one byte in the middle, as a bad disk does."""
    (file,) = folder.glob(f"epoch-{epoch:04d}.*.pt")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "checkpoints", "this training", EpochRecord)


def test_a_fresh_folder_has_none(store: CheckpointStore):
    assert store.latest() is None


def test_a_saved_checkpoint_is_read_back(store: CheckpointStore):
    saved = checkpoint(0.1, 0.2)
    store.save(saved)
    store.wait()
    found = store.latest()
    assert found is not None
    assert torch.equal(found.model["weight"], saved.model["weight"])
    assert (found.epoch, found.history, found.scaler) == (2, saved.history, {})
    assert found.optimizer["param_groups"] == saved.optimizer["param_groups"]


@pytest.mark.parametrize(
    ("scores", "kept"),
    [
        ([0.3], ["epoch-0001"]),
        ([0.3, 0.4], ["epoch-0001", "epoch-0002"]),
        ([0.3, 0.4, 0.5], ["epoch-0002", "epoch-0003"]),
        ([0.5, 0.4, 0.3, 0.2], ["epoch-0001", "epoch-0004"]),
        ([0.3, 0.5, 0.5, 0.1], ["epoch-0002", "epoch-0004"]),
    ],
)
def test_the_newest_and_the_best_before_it_are_kept(store: CheckpointStore, tmp_path: Path, scores, kept):
    save_all(store, *scores)
    assert epochs_kept(tmp_path / "checkpoints") == kept
    best = best_epoch(history(*scores))
    assert store.model_of(best)["weight"][0] == best


def test_of_equals_the_earlier_epoch_is_the_best():
    assert best_epoch(history(0.1, 0.7, 0.7)) == 2


def test_a_damaged_newest_is_skipped_with_a_warning(
    store: CheckpointStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    save_all(store, 0.1, 0.2, 0.3)
    damage(tmp_path / "checkpoints", 3)
    with caplog.at_level(logging.WARNING):
        found = store.latest()
    assert found is not None
    assert found.epoch == 2
    assert "epoch-0003" in caplog.text
    assert "damaged" in caplog.text


def test_one_cut_short_is_skipped_too(store: CheckpointStore, tmp_path: Path):
    save_all(store, 0.1, 0.2)
    (file,) = (tmp_path / "checkpoints").glob("epoch-0002.*.pt")
    file.write_bytes(file.read_bytes()[:100])
    assert store.latest().epoch == 1


def test_one_whose_best_epoch_is_damaged_cannot_be_resumed_from(store: CheckpointStore, tmp_path: Path):
    save_all(store, 0.5, 0.1)
    damage(tmp_path / "checkpoints", 1)
    assert store.latest() is None
    with pytest.raises(StoryFlowerError, match="epoch 1, the best, is gone or damaged"):
        store.model_of(1)


def test_a_damaged_one_is_dropped_when_its_epoch_is_written_again(store: CheckpointStore, tmp_path: Path):
    save_all(store, 0.1, 0.2)
    damage(tmp_path / "checkpoints", 2)
    store.save(checkpoint(0.1, 0.3))
    store.wait()
    assert epochs_kept(tmp_path / "checkpoints") == ["epoch-0001", "epoch-0002"]
    assert store.latest().history[-1].dev_macro_f1 == 0.3


def test_another_trainings_checkpoints_are_refused(store: CheckpointStore, tmp_path: Path):
    save_all(store, 0.1)
    with pytest.raises(StoryFlowerError, match="another recipe, corpus or encoder") as caught:
        CheckpointStore(tmp_path / "checkpoints", "another training", EpochRecord).latest()
    assert caught.value.where == str(tmp_path / "checkpoints")


def test_what_a_killed_process_left_half_written_is_cleared_away(store: CheckpointStore, tmp_path: Path):
    save_all(store, 0.1)
    (tmp_path / "checkpoints/epoch-0002.tmp").write_bytes(b"half")
    reopened = CheckpointStore(tmp_path / "checkpoints", "this training", EpochRecord)
    assert epochs_kept(tmp_path / "checkpoints") == ["epoch-0001"]
    assert reopened.latest().epoch == 1


def test_a_write_that_fails_leaves_the_one_before(
    store: CheckpointStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    save_all(store, 0.1)
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StoryFlowerError, match=r"epoch 2 cannot be written .*No space left"):
        store.save(checkpoint(0.1, 0.2))
        store.wait()
    assert epochs_kept(tmp_path / "checkpoints") == ["epoch-0001"]
    assert store.latest().epoch == 1


def test_what_is_trained_on_while_it_is_written_does_not_reach_it(store: CheckpointStore):
    saved = checkpoint(0.1)
    with store:
        store.save(saved)
        saved.model["weight"].fill_(-1.0)
        saved.optimizer["state"][0]["step"].fill_(-1.0)
    found = store.latest()
    assert found.model["weight"].unique().tolist() == [1.0]
    assert found.optimizer["state"][0]["step"] == 3.0


def test_a_failed_write_is_raised_at_the_end_at_the_latest(store: CheckpointStore, monkeypatch: pytest.MonkeyPatch):
    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StoryFlowerError, match="epoch 1 cannot be written"), store:
        store.save(checkpoint(0.1))


class Malicious:
    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self):
        return (Path.touch, (self.proof,))


def test_a_checkpoint_holds_no_code(store: CheckpointStore, tmp_path: Path):
    """Even one whose name fits its content is read as tensors and plain values alone."""

    file = tmp_path / "checkpoints/draft"
    torch.save({"fingerprint": Malicious(tmp_path / "executed")}, file)
    file.rename(file.with_name(f"epoch-0001.{file_sha256(file)[:16]}.pt"))
    with pytest.raises(Exception, match="weights_only"):
        store.latest()
    assert not (tmp_path / "executed").exists()


def test_a_checkpoint_holds_the_best_epochs_weights_if_they_are_not_its_own(store: CheckpointStore, tmp_path: Path):
    """Then no other file is needed to go on from it."""
    best = {"weight": torch.full((300,), 2.0)}
    store.save(checkpoint(0.1))
    store.save(replace(checkpoint(0.1, 0.5, 0.2), best=best))
    store.wait()
    damage(tmp_path / "checkpoints", 1)
    found = store.latest()
    assert found.epoch == 3
    assert torch.equal(store.best_of(found)["weight"], best["weight"])
    assert torch.equal(found.model["weight"], torch.full((300,), 3.0))


def test_where_the_best_epoch_has_no_file_the_newest_before_is_kept(store: CheckpointStore, tmp_path: Path):
    weights = {"weight": torch.full((300,), 2.0)}
    for scores in ((0.1,), (0.1, 0.5, 0.2), (0.1, 0.5, 0.2, 0.3, 0.4)):
        store.save(replace(checkpoint(*scores), best=weights))
    store.wait()
    assert epochs_kept(tmp_path / "checkpoints") == ["epoch-0003", "epoch-0005"]
    damage(tmp_path / "checkpoints", 5)
    assert store.latest().epoch == 3


def test_one_of_an_earlier_version_is_read(store: CheckpointStore, tmp_path: Path):
    store.save(checkpoint(0.3))
    store.wait()
    (file,) = (tmp_path / "checkpoints").iterdir()
    content = torch.load(file)
    del content["best"]
    torch.save(content, tmp_path / "old.pt")
    file.unlink()
    (tmp_path / "old.pt").rename(file.with_name(f"epoch-0001.{file_sha256(tmp_path / 'old.pt')[:16]}.pt"))
    found = store.latest()
    assert store.best_of(found)["weight"].unique().tolist() == [1.0]


def test_a_failed_write_is_raised_as_soon_as_it_is_known(store: CheckpointStore, tmp_path: Path):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    store.raise_failure()
    (tmp_path / "checkpoints/epoch-0001.tmp").symlink_to("/dev/full")
    store.save(checkpoint(0.1))
    store._writer.submit(int).result()  # the writer has one thread: the checkpoint has been dealt with
    with pytest.raises(StoryFlowerError, match=r"epoch 1 cannot be written .*No space left"):
        store.raise_failure()
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_one_is_due_at_first_and_then_after_a_minute(store: CheckpointStore, monkeypatch: pytest.MonkeyPatch):
    assert store.is_due()
    monkeypatch.setattr(checkpoint_module, "SECONDS_BETWEEN", 1e9)
    store.save(checkpoint(0.1))
    assert not store.is_due()
    monkeypatch.setattr(checkpoint_module, "SECONDS_BETWEEN", 0.0)
    assert store.is_due()


def test_a_copy_for_the_host_is_whole_and_its_own():
    source = {"a": [torch.ones(3), 2], "b": {0: torch.zeros(2, dtype=torch.float16), "c": "text"}}
    copy = host_copy(source)
    source["a"][0].fill_(9)
    assert copy["a"][0].tolist() == [1, 1, 1]
    assert (copy["a"][1], copy["b"]["c"], copy["b"][0].dtype) == (2, "text", torch.float16)


@pytest.mark.gpu
def test_a_copy_from_a_gpu_is_page_locked_and_whole():
    source = {"weights": torch.arange(10_000_000, device="cuda"), "state": [torch.ones((), device="cuda")]}
    copy = host_copy(source)
    source["weights"].zero_()
    assert copy["weights"].is_pinned()
    assert torch.equal(copy["weights"], torch.arange(10_000_000))
    assert copy["state"][0] == 1
