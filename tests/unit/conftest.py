"""A real model directory, tiny, as fine-tuning leaves it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from storyflower.data.labels import MAJORS
from storyflower.model.classifier import new_classifier
from storyflower.model.directory import SERVING_FILE, ModelFormat, read_format, write_model
from storyflower.model.encoder import write_scratch_encoder
from storyflower.model.integrity import FORMAT_FILE
from storyflower.recipe_parts import SCRATCH, EncoderRecipe
from storyflower.text.loading import load_tokenizer

TEXTS = ["오늘 정말 기뻤어", "내일 면접이라 불안해", "친구가 떠나서 슬퍼", "약속을 어겨서 화가 나"] * 20


def make_model_directory(folder: Path, *, seed: int, labels: tuple[str, ...] = MAJORS) -> Path:
    encoder = folder / "encoder"
    recipe = EncoderRecipe(encoder=SCRATCH, scratch_vocab_size=60, scratch_hidden_size=32, scratch_layers=1)
    write_scratch_encoder(TEXTS, recipe, encoder, seed=seed)
    model = new_classifier(encoder, labels, dropout=0.1, seed=seed)
    directory = folder / "model"
    form = ModelFormat(32, labels, text_columns=("사람문장1", "사람문장2"))
    write_model(directory, model, load_tokenizer(encoder), form, recipe={}, texts=TEXTS)
    return directory


@pytest.fixture(scope="session")
def model_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model_directory(tmp_path_factory.mktemp("model"), seed=1)


@pytest.fixture(scope="session")
def two_models(model_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two model directories with other weights: they answer differently."""
    return model_directory, make_model_directory(tmp_path_factory.mktemp("other"), seed=5)


def with_label_weights(directory: Path, folder: Path, weights: tuple[float, ...]) -> Path:
    """A copy of a model directory whose model prefers labels."""
    copy = Path(shutil.copytree(directory, folder / "weighted"))
    format = replace(read_format(copy), label_weights=weights)
    (copy / SERVING_FILE).write_text(format.to_json(), "utf-8")
    (copy / FORMAT_FILE).write_text(json.dumps({"version": format.version}), "utf-8")
    return copy


@pytest.fixture(scope="session")
def weighted_model(model_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`model_directory`, answering the first label wherever it has a hundredth of the highest probability."""
    return with_label_weights(model_directory, tmp_path_factory.mktemp("weights"), (1.0, *[0.01] * (len(MAJORS) - 1)))
