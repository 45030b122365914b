"""The corpus of a small sample, for the stages after it."""

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


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def corpus(home: Home) -> CorpusRef:
    books = write_sample_workbooks(home.folder, training_rows=200, validation_rows=60)
    source = CorpusSource(training=str(books[0]), validation=str(books[1]))
    return normalize_corpus(home, ingest_workbooks(home, source, RECIPE.data).value, RECIPE).value
