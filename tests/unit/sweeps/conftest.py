"""The corpus of a small sample, and what trials on it are made with."""

from pathlib import Path

import pytest

from storyflower.model.devices import find_hardware
from storyflower.pipeline.ingest import ingest_workbooks
from storyflower.pipeline.normalize import normalize_corpus
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TINY
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.storage.home import Home
from storyflower.sweeps.space import Choices, Range, SearchSpace
from storyflower.sweeps.trial import Bench

RECIPE = TINY.with_changes(
    {"epochs": 2, "scratch_layers": 1, "scratch_hidden_size": 32, "scratch_vocab_size": 600, "max_rejected_share": 1.0}
)
SPACE = SearchSpace({"training.learning_rate": Range(1e-4, 1e-2, log=True), "training.batch_size": Choices((16, 32))})


def bench_in(folder: Path, training: Path, validation: Path) -> Bench:
    home = Home(folder)
    source = CorpusSource(training=str(training), validation=str(validation))
    corpus = normalize_corpus(home, ingest_workbooks(home, source, RECIPE.data).value, RECIPE).value
    return Bench(home, corpus, RECIPE, find_hardware("cpu"))


@pytest.fixture(scope="session")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_sample_workbooks(tmp_path_factory.mktemp("workbooks"), training_rows=200, validation_rows=60)
