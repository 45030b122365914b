import multiprocessing
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from operator import getitem
from pathlib import Path

import numpy as np
import pytest

from storyflower.errors import StoryFlowerError
from storyflower.model.devices import Hardware
from storyflower.text.tokens import save_tokens
from storyflower.training.loop import TrainingJob, finetune
from tests.processes import is_alive
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("in_english")

CPU = Hardware("cpu")


def rank_processes() -> list[int]:
    return [process.pid for process in multiprocessing.active_children() if process.pid]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_failure_that_repeats_ends_with_one_error_that_has_the_ranks_own(
    make_model, train, dev, recipe, tmp_path, recorder, monkeypatch: pytest.MonkeyPatch, capfd
):
    monkeypatch.setattr("storyflower.training.agent.RESTARTS", 1)
    seen: list[int] = []

    def noted(note: str) -> None:
        recorder.notes.append(note)
        seen.extend(rank_processes())

    recorder.noted = noted
    too_few = partial(getitem, {1: train.tokens.take(range(3))})  # called with the number of an epoch
    job = TrainingJob(make_model(), train, dev, replace(recipe, devices=2), CPU, tmp_path, resample=too_few)
    own = r"process \d of 2 ended with code 1 \(ValueError: 3 resampled texts for 45 labels\)"
    with pytest.raises(
        StoryFlowerError, match=f"^devices: the training failed again after 1 restarts: {own}"
    ) as caught:
        finetune(job, [recorder])
    assert "goes on from the last whole epoch" in caught.value.remedy
    assert re.fullmatch(f"{own}: all processes start again from the last checkpoint", recorder.notes[0])
    assert not any(is_alive(pid) for pid in seen)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread_each")
def test_a_lost_rank_starts_all_again_from_the_last_checkpoint(
    make_model,
    longer,
    longer_resampled,
    dev,
    recipe,
    tmp_path,
    recorder,
    undisturbed,
    same_weights,
    caplog: pytest.LogCaptureFixture,
):
    killed: list[int] = []

    def kill_in_the_second_epoch(progress) -> None:
        recorder.steps.append(progress)
        if progress.epoch == 2 and not killed:
            killed.append(rank_processes()[1])
            os.kill(killed[0], signal.SIGKILL)

    recorder.stepped = kill_in_the_second_epoch
    model, (theirs, history) = make_model(), undisturbed
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    changed = replace(recipe, devices=2, log_every=1)
    result = finetune(TrainingJob(model, longer, dev, changed, CPU, tmp_path, longer_resampled), [recorder])
    assert killed
    assert result.resumed_from_epoch == 1
    assert same_weights(model, theirs)
    assert [record.dev_loss for record in result.history] == [record.dev_loss for record in history]
    assert [record.epoch for record in recorder.epochs] == [1, 2, 3]  # each once
    assert [step.step for step in recorder.steps] == sorted({step.step for step in recorder.steps})
    assert len(recorder.plans) == 1
    lost, kept = recorder.notes
    assert re.search(r"process \d of 2 (was killed by signal 9|ended with code)", lost)
    assert kept == "the training processes were started again; finished epochs that are kept: 1"
    assert not [line for line in caplog.records if line.name.startswith("torch")]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == handlers


@pytest.mark.slow
def test_an_error_in_a_rank_is_the_callers(make_model, train, dev, recipe, diverging, tmp_path: Path):
    changed = diverging(replace(recipe, devices=2))
    with pytest.raises(StoryFlowerError, match="no longer a finite number"):
        finetune(TrainingJob(make_model(), train, dev, changed, CPU, tmp_path))


def test_more_gpus_than_there_are_is_a_clear_error(make_model, train, dev, recipe, tmp_path: Path):
    one_gpu = Hardware("cuda", ("Some GPU",), (8, 0))
    with pytest.raises(StoryFlowerError, match="2 devices are requested, and this machine has 1 GPU: 0 Some GPU"):
        finetune(TrainingJob(make_model(), train, dev, replace(recipe, devices=2), one_gpu, tmp_path))


PARENT = """
import multiprocessing, sys
from pathlib import Path
import numpy as np
from storyflower.model.classifier import new_classifier
from storyflower.model.devices import Hardware
from storyflower.recipe_parts import FinetuneRecipe
from storyflower.text.tokens import load_tokens
from storyflower.training.loop import LabelledTokens, TrainingJob, finetune

class Announcer:
    def started(self, plan):
        print(*[process.pid for process in multiprocessing.active_children()], flush=True)
    def stepped(self, progress): ...
    def noted(self, note): ...
    def epoch_ended(self, record): ...

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    train, dev = (LabelledTokens(load_tokens(folder, n), np.load(folder / f"{n}.npy")) for n in ("train", "dev"))
    recipe = FinetuneRecipe(epochs=100000, batch_size=16, precision="fp32", devices=2)
    model = new_classifier(Path(sys.argv[2]), ("기쁨", "분노", "불안"), dropout=0.1, seed=5)
    finetune(TrainingJob(model, train, dev, recipe, Hardware("cpu"), folder / "ck"), [Announcer()])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_ranks_end_with_the_process_that_started_them(
    encoder: Path, train, dev, tmp_path: Path, number: signal.Signals
):
    for name, split in (("train", train), ("dev", dev)):
        save_tokens(tmp_path, split.tokens, name)
        np.save(tmp_path / f"{name}.npy", split.labels)
    (tmp_path / "parent.py").write_text(PARENT)
    command = [sys.executable, str(tmp_path / "parent.py"), str(tmp_path), str(encoder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        ranks = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(ranks) == 2
        parent.send_signal(number)
    assert parent.returncode == -number
    until(lambda: not any(is_alive(pid) for pid in ranks), "a rank goes on")


@pytest.mark.slow
def test_ranks_import_this_package_whatever_stands_first_on_the_path(
    make_model, train, dev, recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As after MLflow has loaded a registered model, which brings a part of this package along."""
    (tmp_path / "code/storyflower").mkdir(parents=True)
    (tmp_path / "code/storyflower/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "code")
    changed = replace(recipe, devices=2, epochs=1)
    result = finetune(TrainingJob(make_model(), train, dev, changed, CPU, tmp_path / "ck"))
    assert len(result.history) == 1
