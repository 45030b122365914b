"""The corpus of a small sample, for the stages after it."""

from pathlib import Path

import pytest

from storyflower.pipeline.ingest import ingest_workbooks
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.normalize import normalize_corpus
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TINY
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.storage.home import Home

RECIPE = TINY.with_changes(
    {"epochs": 2, "scratch_layers": 1, "scratch_hidden_size": 32, "scratch_vocab_size": 600, "max_rejected_share": 1.0}
)

SKEWED = {"기쁨": 0.1, "분노": 0.1, "슬픔": 0.1, "불안": 0.05, "당황": 0.05, "상처": 0.6}
"""Shares of the labels in the texts that are `skewed`."""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def corpus(home: Home) -> CorpusRef:
    return _sample(home, home.folder, training_rows=200, validation_rows=60)


@pytest.fixture(scope="session")
def skewed(home: Home) -> CorpusRef:
    """A corpus of which one label has more than half of the texts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storyflower.sample.corpus.MAJOR_SHARES", SKEWED)
        return _sample(home, home.folder / "skewed", training_rows=400, validation_rows=120)


def _sample(home: Home, folder: Path, **rows: int) -> CorpusRef:
    books = write_sample_workbooks(folder, **rows)
    source = CorpusSource(training=str(books[0]), validation=str(books[1]))
    return normalize_corpus(home, ingest_workbooks(home, source, RECIPE.data).value, RECIPE).value
