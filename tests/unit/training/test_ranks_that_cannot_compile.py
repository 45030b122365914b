"""Two real ranks, of which one has no compiler: both go on without compiling, and none waits for the other."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed

from storyflower.model.devices import Hardware
from storyflower.spawning import this_package_first
from storyflower.training import step
from storyflower.training.epochs import run_epochs
from storyflower.training.loop import TrainingJob
from storyflower.training.ranks import Ranks
from tests.waiting import GIVE_UP_S

from .conftest import Recorder


def train_as(index: int, meeting: Path, job: TrainingJob) -> tuple[list[str], float]:
    """Train as one of two ranks, in the second of which layers that are compiled raise an error.

    Returns:
        The notes, and the sum of the weights' sizes.
    """

    def compile_layers(model: Any) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError("no compiler")

        if index:
            for layer in model.bert.encoder.layer:
                layer.forward = fail

    step.compile_layers = compile_layers  # type: ignore[assignment]
    torch.set_num_threads(1)
    store, limit = distributed.FileStore(str(meeting), 2), timedelta(seconds=GIVE_UP_S)
    distributed.init_process_group("gloo", store=store, rank=index, world_size=2, timeout=limit)
    recorder = Recorder()
    run_epochs(job, [recorder], Ranks(index, 2))
    distributed.destroy_process_group()
    return recorder.notes, sum(parameter.double().abs().sum().item() for parameter in job.model.parameters())


@pytest.mark.slow
@pytest.mark.usefixtures("in_english")
def test_all_ranks_go_on_without_compiling_where_one_cannot(make_model, train, dev, recipe, tmp_path: Path) -> None:
    job = TrainingJob(
        make_model(), train, dev, replace(recipe, epochs=1, devices=2), Hardware("cpu"), tmp_path, compiling="on"
    )
    train_rank = partial(train_as, meeting=tmp_path / "meeting", job=job)
    with this_package_first(), ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        (first, of_first), (second, of_second) = processes.map(train_rank, range(2))
    assert of_first == of_second
    without = "cannot be compiled here ({}): training goes on without compiling"
    assert any(without.format("it failed in another process") in note for note in first)
    assert any(without.format("no compiler") in note for note in second)
