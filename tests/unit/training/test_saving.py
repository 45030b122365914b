"""When a training writes checkpoints, and what an interruption between two of them costs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storyflower.errors import StoryFlowerError
from storyflower.model.devices import Hardware
from storyflower.training import checkpoint
from storyflower.training.batches import LabelledTokens
from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.checkpoint_files import Checkpoint
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.progress import AbandonedError

pytestmark = pytest.mark.usefixtures("in_english")

CPU = Hardware("cpu")


class InterruptError(Exception):
    """What an observer raises to end a training early."""


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[Checkpoint]:
    """The checkpoints that are saved, in order."""
    found: list[Checkpoint] = []
    save = CheckpointStore.save

    def noting(store: CheckpointStore, one: Checkpoint) -> None:
        found.append(one)
        save(store, one)

    monkeypatch.setattr(CheckpointStore, "save", noting)
    return found


@pytest.fixture
def within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, no minute passes."""
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 1e9)


@pytest.mark.usefixtures("within_a_minute")
def test_within_a_minute_the_first_and_the_last_epoch_are_saved(make_model, train, dev, recipe, tmp_path: Path, saved):
    finetune(TrainingJob(make_model(), train, dev, replace(recipe, epochs=5), CPU, tmp_path))
    assert [one.epoch for one in saved] == [1, 5]
    assert saved[0].optimizer
    assert not saved[1].optimizer  # a finished training needs none


def test_after_a_minute_an_epoch_is_saved(
    make_model, train, dev, recipe, tmp_path: Path, saved, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)
    finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path))
    assert [one.epoch for one in saved] == [1, 2, 3]


@pytest.mark.usefixtures("within_a_minute")
@pytest.mark.parametrize("seed", range(4))
def test_wherever_it_is_interrupted_the_best_weights_are_those_of_a_whole_training(
    make_model, train, dev, recipe, recorder, tmp_path: Path, same_weights, seed: int
):
    """With random development labels the best epoch is now one that was written, now one that was not."""
    dev = LabelledTokens(dev.tokens, np.random.default_rng(seed).integers(0, 3, len(dev.labels)))
    recipe = replace(recipe, epochs=5)
    whole = make_model()
    expected = finetune(TrainingJob(whole, train, dev, recipe, CPU, tmp_path / "whole"))

    def end_in_the_third_epoch(progress) -> None:
        if progress.step == 8:
            raise InterruptError

    def end_after_the_fourth(record) -> None:
        if record.epoch == 4:
            raise InterruptError

    recorder.stepped = end_in_the_third_epoch
    with pytest.raises(InterruptError):
        finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path / "parts"), [recorder])
    del recorder.stepped
    recorder.epoch_ended = end_after_the_fourth
    with pytest.raises(InterruptError):
        finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path / "parts"), [recorder])
    assert recorder.plans[-1].resumed_from_epoch == 1  # the second epoch was not written, and is repeated

    resumed = make_model()
    found = finetune(TrainingJob(resumed, train, dev, recipe, CPU, tmp_path / "parts"))
    assert found.resumed_from_epoch == 4
    assert found.best_epoch == expected.best_epoch
    assert [record.train_loss for record in found.history] == [record.train_loss for record in expected.history]
    assert same_weights(resumed, whole)
    again = make_model()
    finetune(TrainingJob(again, train, dev, recipe, CPU, tmp_path / "parts"))
    assert same_weights(again, whole)


@pytest.mark.usefixtures("within_a_minute")
@pytest.mark.parametrize(("ending", "epochs"), [(InterruptError, [1, 2]), (AbandonedError, [1])])
def test_a_training_that_will_not_be_resumed_writes_no_checkpoint_at_its_end(
    make_model, train, dev, recipe, recorder, tmp_path: Path, saved, ending: type[Exception], epochs: list[int]
):
    def end_after_the_second(record) -> None:
        if record.epoch == 2:
            raise ending

    recorder.epoch_ended = end_after_the_second
    with pytest.raises(ending):
        finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path), [recorder])
    assert [one.epoch for one in saved] == epochs


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_ends_the_training_with_a_clear_error(make_model, train, dev, recipe, recorder, tmp_path: Path):
    """The checkpoint is written to the device that has never any space left."""
    recorder.started = lambda _: (tmp_path / "epoch-0001.tmp").symlink_to("/dev/full")
    with pytest.raises(StoryFlowerError, match=r"epoch 1 cannot be written .*No space left") as caught:
        finetune(TrainingJob(make_model(), train, dev, replace(recipe, epochs=50), CPU, tmp_path), [recorder])
    assert "Make room on the disk" in caught.value.remedy
