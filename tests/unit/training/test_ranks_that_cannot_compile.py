"""Two real ranks, of which one has no compiler: both go on without compiling, and none waits for the other."""

import multiprocessing
from dataclasses import replace
from datetime import timedelta
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed

from storyflower.model.devices import Hardware
from storyflower.training import step
from storyflower.training.epochs import run_epochs
from storyflower.training.loop import TrainingJob
from storyflower.training.ranks import Ranks
from tests.waiting import GIVE_UP_S


def train_as(index: int, meeting: Path, job: TrainingJob, outcome: "Queue[tuple[int, list[str], float]]") -> None:
    """Train as one rank of two; in the second one, layers that are compiled raise an error."""
    torch.set_num_threads(1)
    store = distributed.FileStore(str(meeting), 2)
    distributed.init_process_group("gloo", store=store, rank=index, world_size=2, timeout=timedelta(seconds=GIVE_UP_S))
    notes: list[str] = []

    class Watcher:
        def started(self, plan: Any) -> None: ...
        def stepped(self, progress: Any) -> None: ...
        def epoch_ended(self, record: Any) -> None: ...
        def noted(self, note: str) -> None:
            notes.append(note)

    def compile_layers(model: Any) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError("no compiler")

        if index:
            for layer in model.bert.encoder.layer:
                layer.forward = fail

    step.compile_layers = compile_layers  # type: ignore[assignment]
    run_epochs(job, [Watcher()], Ranks(index, 2))
    outcome.put((index, notes, sum(p.double().abs().sum().item() for p in job.model.parameters())))
    distributed.destroy_process_group()


@pytest.mark.slow
@pytest.mark.usefixtures("in_english")
def test_all_ranks_go_on_without_compiling_where_one_cannot(make_model, train, dev, recipe, tmp_path: Path) -> None:
    recipe = replace(recipe, epochs=1, devices=2)
    job = TrainingJob(make_model(), train, dev, recipe, Hardware("cpu"), tmp_path, compiling="on")
    context = multiprocessing.get_context("spawn")
    outcome: Queue[tuple[int, list[str], float]] = context.Queue()
    ranks = [context.Process(target=train_as, args=(index, tmp_path / "meeting", job, outcome)) for index in range(2)]
    for rank in ranks:
        rank.start()
    found = {index: (notes, weights) for index, notes, weights in (outcome.get(timeout=GIVE_UP_S) for _ in ranks)}
    for rank in ranks:
        rank.join(GIVE_UP_S)
    assert found[0][1] == found[1][1]
    without = "cannot be compiled here ({}): training goes on without compiling"
    assert any(without.format("it failed in another process") in note for note in found[0][0])
    assert any(without.format("no compiler") in note for note in found[1][0])
