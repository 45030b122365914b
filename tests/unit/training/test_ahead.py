"""Texts that are segmented anew in every epoch: sampled ahead, in batches of one shape."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from storyflower.model.devices import Hardware, find_hardware
from storyflower.recipe_parts import TextRecipe
from storyflower.text.loading import load_sampling_tokenizer
from storyflower.text.tokens import TokenSequences
from storyflower.training import checkpoint, compile_choice, trainer
from storyflower.training.ahead import SampledAhead
from storyflower.training.batches import LabelledTokens
from storyflower.training.checkpoint import CheckpointStore
from storyflower.training.compile_costs import CompileCost, CompileCosts
from storyflower.training.loop import TrainingJob, finetune
from storyflower.training.resampling import BpeDropout
from tests.waiting import GIVE_UP_S

from .conftest import sentences

pytestmark = pytest.mark.usefixtures("in_english")

CPU = Hardware("cpu")


class InterruptError(Exception):
    """What an observer raises to end a training early."""


@pytest.fixture(scope="module")
def resample(encoder: Path) -> BpeDropout:
    """All 54 sentences, sampled strongly."""
    return BpeDropout(
        [text for text, _ in sentences()],
        load_sampling_tokenizer(encoder),
        TextRecipe(bpe_dropout=0.3, max_len=48),
        seed=5,
    )


@pytest.fixture
def ahead(resample: BpeDropout) -> Iterator[SampledAhead]:
    made = SampledAhead(resample, epochs=6)
    yield made
    made.close()


def ids(tokens: TokenSequences) -> list[int]:
    return tokens.ids.tolist()


def test_sampled_ahead_are_the_same_tokens(ahead: SampledAhead, resample: BpeDropout):
    """From whichever epoch it goes on, and up to the last one, after which there is no process."""
    for epoch in (2, 3, 4, 1, 2, 6):
        assert ids(ahead(epoch)) == ids(resample(epoch))
    assert ahead._process is None


@pytest.mark.skipif(os.name != "posix", reason="kills a process by a signal")
def test_if_its_process_is_killed_the_tokens_are_the_same(ahead: SampledAhead, resample: BpeDropout):
    for epoch in range(1, 7):
        assert ids(ahead(epoch)) == ids(resample(epoch))
        if epoch in (1, 2, 4) and ahead._process:
            os.kill(ahead._process._popen.pid, signal.SIGKILL)
            ahead._process._popen.wait()


def test_what_the_sampling_raises_is_raised_in_its_epoch(resample: BpeDropout):
    ahead = SampledAhead({1: resample(1)}.__getitem__, epochs=5)
    ahead(1)
    with pytest.raises(KeyError, match="2"):
        ahead(2)
    assert ahead._process is None


def test_closed_it_has_ended(ahead: SampledAhead):
    ahead(1)
    assert ahead._process
    process = psutil.Process(ahead._process._popen.pid)
    ahead.close()
    assert not process.is_running()
    ahead.close()


def test_a_job_for_a_gpu_samples_ahead_and_ends_the_process_however_the_training_ends(
    make_model, corpus, dev, recipe, resample, tmp_path: Path
):
    """Nothing is computed on the GPU here, so that there need not be one."""
    gpu = Hardware("cuda", ("Some GPU",), (9, 0))
    job = TrainingJob(make_model(), corpus, dev, recipe, gpu, tmp_path, resample)
    with pytest.raises(InterruptError), job.sampling_ahead() as ready:
        assert isinstance(ready.resample, SampledAhead)
        assert ready.fingerprint == job.fingerprint
        for epoch in (1, 2):
            assert ready.examples_of(epoch).lengths.tolist() == resample(epoch).lengths.tolist()
        assert ready.resample._process
        process = psutil.Process(ready.resample._process._popen.pid)
        raise InterruptError
    assert not process.is_running()
    with replace(job, hardware=CPU).sampling_ahead() as ready:
        assert ready.resample is resample


PARENT = """
import sys, time
from pathlib import Path
from storyflower.recipe_parts import TextRecipe
from storyflower.text.loading import load_sampling_tokenizer
from storyflower.training.ahead import SampledAhead
from storyflower.training.resampling import BpeDropout

tokenizer = load_sampling_tokenizer(Path(sys.argv[1]))
ahead = SampledAhead(BpeDropout(["오늘 아침에 정말 좋아"], tokenizer, TextRecipe(bpe_dropout=0.3), 5), 10**6)
ahead(1), ahead(2)
print(ahead._process._popen.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process by a signal")
def test_its_process_ends_with_the_one_that_started_it(encoder: Path):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(encoder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        process = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    process.wait(timeout=GIVE_UP_S)


def many(corpus: LabelledTokens, resample: BpeDropout) -> tuple[LabelledTokens, BpeDropout]:
    """Eight times the sentences, with a number, so that the lengths of two epochs differ little."""
    rows = np.tile(np.arange(len(corpus.labels)), 8)
    texts = [f"{text} {i // len(resample.texts)}" for i, text in enumerate(resample.texts * 8)]
    return LabelledTokens(corpus.tokens.take(rows), corpus.labels[rows]), replace(resample, texts=texts)


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object] | None]:
    """The shapes that checkpoints record."""
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)
    shapes: list[dict[str, object] | None] = []
    save = CheckpointStore.save

    def noting(store: CheckpointStore, one: checkpoint.Checkpoint) -> None:
        shapes.append(one.shape)
        save(store, one)

    monkeypatch.setattr(CheckpointStore, "save", noting)
    return shapes


def test_a_training_on_tokens_sampled_ahead_is_the_same_training(
    make_model, corpus, dev, recipe, ahead, resample, tmp_path: Path, same_weights
):
    here, there = make_model(), make_model()
    finetune(TrainingJob(here, corpus, dev, recipe, CPU, tmp_path / "here", resample))
    finetune(TrainingJob(there, corpus, dev, recipe, CPU, tmp_path / "there", ahead))
    assert same_weights(here, there)


@pytest.mark.parametrize("is_changed", [False, True], ids=["one shape", "another from the second epoch on"])
def test_batches_keep_their_shape_and_an_interrupted_training_too(
    make_model, corpus, dev, recipe, resample, recorder, saved, tmp_path: Path, same_weights, is_changed: bool
):
    """On the CPU the masks of dropout depend on the shape, and the weights on them."""
    train, first = many(corpus, resample)

    def sampled(epoch: int) -> TokenSequences:
        return train.tokens if is_changed and epoch == 1 else first(epoch)

    recipe = replace(recipe, epochs=4)
    whole, resumed = make_model(), make_model()
    finetune(TrainingJob(whole, train, dev, recipe, CPU, tmp_path / "whole", sampled))
    assert saved[0] is not None
    assert (saved[1] != saved[0]) is is_changed
    assert saved[1] == saved[2] == saved[3]

    def interrupt(record) -> None:
        if record.epoch == 2:
            raise InterruptError

    recorder.epoch_ended = interrupt
    with pytest.raises(InterruptError):
        finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path / "parts", sampled), [recorder])
    result = finetune(TrainingJob(resumed, train, dev, recipe, CPU, tmp_path / "parts", sampled))
    assert result.resumed_from_epoch == 2
    assert same_weights(whole, resumed)


def test_the_shape_of_texts_that_stay_the_same_is_not_recorded(make_model, train, dev, recipe, saved, tmp_path: Path):
    finetune(TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path))
    assert saved == [None] * recipe.epochs


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.gpu
def test_compiled_and_recorded_on_a_gpu_with_texts_sampled_ahead(
    make_model, corpus, dev, recipe, resample, recorder, saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """One shape, so one compilation and one recording, whatever is sampled; the process is gone afterwards."""
    monkeypatch.setattr(compile_choice, "ASSUMED", {"cuda": CompileCost(seconds=0.0, saved=0.5)})
    monkeypatch.setattr(trainer, "CompileCosts", lambda: CompileCosts(tmp_path / "costs"))
    train, sampled = many(corpus, resample)
    changed = replace(recipe, epochs=20, precision="auto")
    job = TrainingJob(make_model(), train, dev, changed, find_hardware("cuda"), tmp_path, sampled, compiling="on")
    result = finetune(job, [recorder])
    assert len([note for note in recorder.notes if "compiling" in note]) == 1
    assert not any("cannot be" in note for note in recorder.notes)
    assert all(shape == saved[0] for shape in saved)
    assert result.history[-1].dev_accuracy > 0.8
    assert not any("sampling_child" in " ".join(child.cmdline()) for child in psutil.Process().children())
