"""Versions registered before model directories had a format: their own code meets the present package."""

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from storyflower.data.labels import MAJORS
from storyflower.errors import RecipeError, StoryFlowerError
from storyflower.model.directory import FORMAT_FILE
from storyflower.registry.packaging import packed
from storyflower.serving.predictor import load_predictor

EARLIER_CODE = Path(__file__).parents[2] / "assets" / "pyfunc_model_before_formats.py"
"""`pyfunc_model.py` as versions of before carry it."""
TEXTS = ["오늘 정말 기뻤어", "[CLS] 무서워 . ...", "내일 면접이라 불안해"]


def saved(model_directory: Path, folder: Path, *, earlier: bool) -> str:
    """A version's folder, as it was saved before where `earlier`."""
    directory = Path(shutil.copytree(model_directory, folder / "trained"))
    if earlier:
        (directory / FORMAT_FILE).unlink()
    with packed(directory, MAJORS) as package:
        code = {"python_model": str(EARLIER_CODE)} if earlier else {}
        mlflow.pyfunc.save_model(path=str(folder / "version"), **package | code)
    return str(folder / "version")


@pytest.mark.parametrize("earlier", [True, False])
def test_it_answers_the_same_and_where_the_device_says(
    model_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: bool
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    version = saved(model_directory, tmp_path, earlier=earlier)
    answers = mlflow.pyfunc.load_model(version).predict(TEXTS)
    pd.testing.assert_frame_equal(answers, load_predictor(model_directory, "cpu").predict(TEXTS))
    monkeypatch.setenv("STORYFLOWER_DEVICE", "cuda")
    with pytest.raises(StoryFlowerError, match="cuda"):
        mlflow.pyfunc.load_model(version)
    monkeypatch.setenv("STORYFLOWER_DEVICE", "tpu")
    with pytest.raises(RecipeError, match="STORYFLOWER_DEVICE"):
        mlflow.pyfunc.load_model(version)
