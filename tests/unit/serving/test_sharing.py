"""Model files that are equal are loaded once within `models_loaded_once`; altered files are loaded themselves."""

import json
import shutil
from pathlib import Path

import pytest

from storyflower.model.directory import SERVING_FILE
from storyflower.model.integrity import CARD_FILE, DIGESTS_FILE
from storyflower.serving.sharing import models_loaded_once, shared_model


@pytest.fixture
def registered(model_directory: Path, tmp_path: Path) -> Path:
    """A copy of the model directory with the files that a registration adds."""
    copy = tmp_path / "model"
    shutil.copytree(model_directory, copy)
    (copy / CARD_FILE).write_text("a card", "utf-8")
    (copy / DIGESTS_FILE).write_text("{}", "utf-8")
    return copy


def test_a_copy_of_the_same_files_is_not_loaded_again(model_directory: Path, registered: Path) -> None:
    with models_loaded_once():
        loaded = shared_model(model_directory, "cpu")
        assert shared_model(registered, "cpu") is loaded


def test_altered_files_are_loaded_themselves(model_directory: Path, registered: Path) -> None:
    with models_loaded_once():
        loaded = shared_model(registered, "cpu")
        facts = json.loads((registered / SERVING_FILE).read_text("utf-8"))
        (registered / SERVING_FILE).write_text(json.dumps(facts | {"temperature": 4.0}), "utf-8")
        assert shared_model(registered, "cpu").format.temperature == 4
        assert shared_model(model_directory, "cpu") is loaded


def test_nothing_is_shared_beyond_the_context(model_directory: Path) -> None:
    with models_loaded_once():
        loaded = shared_model(model_directory, "cpu")
    assert shared_model(model_directory, "cpu") is not loaded
    assert shared_model(model_directory, "cpu") is not shared_model(model_directory, "cpu")
