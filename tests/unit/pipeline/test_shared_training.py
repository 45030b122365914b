"""Two homes that share a store: the second finds every stage of the first, and resumes its training when it dies."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storyflower import pipeline
from storyflower.model.devices import find_hardware
from storyflower.pipeline import shared_checkpoints
from storyflower.pipeline.history import read_history
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TINY
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.storage.home import Home
from storyflower.storage.objects import Objects
from storyflower.training import checkpoint as checkpoint_module
from storyflower.training.progress import EpochRecord, StepProgress, TrainingPlan

pytestmark = pytest.mark.server

RECIPE = TINY.with_changes(
    {"epochs": 3, "scratch_layers": 1, "scratch_hidden_size": 32, "scratch_vocab_size": 600, "max_rejected_share": 1.0}
)


class Watching:
    """An observer that notes the plan, and kills the process once the store has the checkpoint of an epoch."""

    def __init__(self, store: str = "", epoch: int = 0) -> None:
        self.plan: TrainingPlan | None = None
        self._store, self._epoch = store, epoch

    def started(self, plan: TrainingPlan) -> None:
        self.plan = plan

    def stepped(self, progress: StepProgress) -> None:
        pass

    def noted(self, note: str) -> None:
        pass

    def epoch_ended(self, record: EpochRecord) -> None:
        while record.epoch == self._epoch:
            if any(found["epoch"] >= self._epoch for found in checkpoints_in(self._store)):
                os.kill(os.getpid(), signal.SIGKILL)


def checkpoints_in(address: str) -> list[dict[str, Any]]:
    objects = Objects(address)
    names = [found.name for found in objects.listed("checkpoints") if found.name.endswith("manifest.json")]
    return [json.loads(found.content) for found in map(objects.read, names) if found is not None]


@dataclass(frozen=True)
class Content:
    name: str
    content: bytes


def contents(address: str) -> list[Content]:
    objects = Objects(address)
    listed = [found for found in objects.listed("") if found.size]
    return [Content(found.name, b"".join(objects.pieces(found.name, found.size))) for found in listed]


def run(home: Home, books: tuple[Path, Path], observer: Watching) -> dict[str, Any]:
    """Every stage up to the trained model: its digest and whether it was cached, by the name of the stage."""
    source = CorpusSource(training=str(books[0]), validation=str(books[1]))
    workbooks = pipeline.ingest_workbooks(home, source, RECIPE.data)
    corpus = pipeline.normalize_corpus(home, workbooks.value, RECIPE)
    encoder = pipeline.prepare_encoder(home, corpus.value, RECIPE)
    tokens = pipeline.tokenize_corpus(home, corpus.value, encoder.value, RECIPE)
    trained = (corpus.value, tokens.value, encoder.value, RECIPE)
    model = pipeline.finetune_encoder(
        home, *trained, hardware=find_hardware("cpu"), observers=[observer], compiling="off"
    )
    outcomes = {"ingest": workbooks, "normalize": corpus, "encoder": encoder, "tokenize": tokens, "finetune": model}
    return {name: (outcome.value.digest, outcome.cached) for name, outcome in outcomes.items()} | {
        "files": model.value.files,
        "history": read_history(model.value, EpochRecord),
    }


def main() -> None:
    """The process that dies: home, store, workbooks."""
    checkpoint_module.SECONDS_BETWEEN = 0.0
    shared_checkpoints.POLL_SECONDS = 0.02
    folder, store, *books = sys.argv[1:]
    run(Home(Path(folder), store=store), (Path(books[0]), Path(books[1])), Watching(store, 2))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    training, validation = write_sample_workbooks(
        tmp_path_factory.mktemp("books"), training_rows=200, validation_rows=60
    )
    return training, validation


def test_a_training_that_was_killed_is_resumed_by_another_home_to_the_same_weights(
    tmp_path: Path, books: tuple[Path, Path], shared_store: str
) -> None:
    undisturbed = run(Home(tmp_path / "alone"), books, Watching())
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "tests.unit.pipeline.test_shared_training", tmp_path / "a", shared_store, *books]
    killed = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not [found for found in Objects(shared_store).listed("stages/finetune") if "manifest" in found.name]
    assert [found["epoch"] for found in checkpoints_in(shared_store)] == [2]

    watching = Watching()
    resumed = run(Home(tmp_path / "b", store=shared_store), books, watching)
    assert watching.plan is not None
    assert watching.plan.resumed_from_epoch == 2
    cached = {name: resumed[name][1] for name in ("ingest", "normalize", "encoder", "tokenize", "finetune")}
    assert cached == {name: name != "finetune" for name in cached}
    assert resumed["finetune"][0] == undisturbed["finetune"][0]  # the digest of the model directory: weights and all
    assert list(Objects(shared_store).listed("checkpoints")) == []

    shared = contents(shared_store)
    assert [found.name for found in shared if str(tmp_path).encode() in found.content] == []  # no path of a home
    naming = {found.name.rpartition("/")[2] for found in shared if str(books[0].parent).encode() in found.content}
    # Where a workbook was read, as it was given.
    assert naming == {"workbook.json", "sources.json", "set_aside.parquet"}

    again = run(Home(tmp_path / "c", store=shared_store), books, Watching())
    assert again == {
        name: value if name in ("files", "history") else (value[0], True) for name, value in resumed.items()
    }


if __name__ == "__main__":
    main()
