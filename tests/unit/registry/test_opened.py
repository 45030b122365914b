"""Versions opened in this process: found without MLflow where the home has them, as MLflow finds them."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities.model_registry import ModelVersion

from storyflower.data.labels import MAJORS
from storyflower.digests import file_sha256
from storyflower.errors import TrackingError
from storyflower.model import integrity
from storyflower.promotion.alias import CHAMPION
from storyflower.registry.local_store import read_version
from storyflower.registry.opened import find_version, open_version
from storyflower.registry.references import ModelReference, look_up
from storyflower.registry.versions import ask, register_version
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")

TEXTS = ["오늘 정말 기뻤어", "무서워"]


@pytest.fixture
def version(run: TrackedRun, model_directory: Path) -> ModelVersion:
    digest = integrity.model_digest_of(
        {path.name: file_sha256(path) for path in model_directory.iterdir() if path.is_file()}
    )
    registered = register_version(run, model_directory, MAJORS, {"model_digest": digest})
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, CHAMPION, registered.version)
    return registered


def reference(text: str) -> ModelReference:
    return ModelReference.parse(text, DEFAULT_MODEL)


@pytest.mark.parametrize("named", ["@champion", "1", f"models:/{DEFAULT_MODEL}/1", DEFAULT_MODEL])
def test_the_store_read_directly_has_what_mlflow_finds(version: ModelVersion, named: str) -> None:
    found = read_version(current_home(), reference(named))
    expected = look_up(current_home(), reference(named))
    assert found is not None
    assert found.version == str(expected.version)
    assert found.digest == expected.tags["model_digest"]
    assert round(found.created.timestamp() * 1000) == expected.creation_timestamp
    assert (found.directory / "storyflower.json").is_file()


def test_predictions_are_those_of_the_registered_pyfunc(version: ModelVersion) -> None:
    opened = open_version(current_home(), reference("@champion"), device="cpu")
    assert (opened.name, opened.version, opened.demo) == (DEFAULT_MODEL, "1", False)
    pd.testing.assert_frame_equal(opened.predictor.predict(TEXTS), ask(current_home(), "@champion", TEXTS))


@pytest.mark.parametrize("named", ["@nothing", "7", "other@champion"])
def test_a_missing_version_is_reported_as_before(version: ModelVersion, named: str) -> None:
    assert read_version(current_home(), reference(named)) is None
    with pytest.raises(TrackingError, match="no "):
        open_version(current_home(), reference(named), device="cpu")


def test_altered_files_are_left_to_mlflow_and_found_again(version: ModelVersion) -> None:
    """Also by the process that has found them intact before."""
    record = read_version(current_home(), reference("@champion"))
    assert record is not None
    (record.directory / "recipe.json").write_text("altered", "utf-8")
    assert read_version(current_home(), reference("@champion")) is None


def test_a_database_with_other_tables_is_left_to_mlflow(version: ModelVersion) -> None:
    with sqlite3.connect(current_home().mlflow_database) as database:
        database.execute("ALTER TABLE registered_model_aliases RENAME COLUMN workspace TO place")
    database.close()
    assert read_version(current_home(), reference("@champion")) is None


def test_predict_imports_neither_mlflow_nor_transformers(version: ModelVersion) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['storyflower', 'predict', '{TEXTS[0]}']\n"
        "from storyflower.cli.app import app\n"
        "app(standalone_mode=False)\n"
        "print(sorted({'mlflow', 'transformers', 'prefect', 'sqlalchemy', 'sklearn'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "%" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_find_version_loads_no_model(version: ModelVersion) -> None:
    assert find_version(current_home(), reference("@champion")).version == "1"
