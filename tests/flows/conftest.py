"""A Prefect server of the tests' own, and workbooks small enough to train on in seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TINY, TrainingRecipe
from storyflower.sample.corpus import write_sample_workbooks
from tests.waiting import GIVE_UP_S


@pytest.fixture(scope="session", autouse=True)
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The harness isolates the database alone: results get a folder of their own too."""
    results = tmp_path_factory.mktemp("results")
    with (
        prefect_test_harness(server_startup_timeout=int(GIVE_UP_S)),
        temporary_settings({PREFECT_LOCAL_STORAGE_PATH: results}),
    ):
        yield


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> CorpusSource:
    folder = tmp_path_factory.mktemp("workbooks")
    training, validation = write_sample_workbooks(folder, training_rows=400, validation_rows=120)
    return CorpusSource(training=str(training), validation=str(validation))


@pytest.fixture(scope="session")
def recipe() -> TrainingRecipe:
    """The tiny recipe, cut down further; with so few pieces a text has many, all below its max_len."""
    changes = {"max_len": 128, "epochs": 2, "scratch_vocab_size": 600, "scratch_hidden_size": 32, "scratch_layers": 1}
    return TINY.with_changes(changes)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all tests of a module: what one run leaves, the next may reuse."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def shared_home(own_home: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the place of the home that every other test has to itself."""
    monkeypatch.setenv("STORYFLOWER_HOME", str(home))
