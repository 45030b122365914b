"""A real model directory, tiny, as fine-tuning leaves it."""

from pathlib import Path

import pytest

from storyflower.data.labels import MAJORS
from storyflower.model.classifier import new_classifier
from storyflower.model.directory import ModelFormat, write_model
from storyflower.model.encoder import write_scratch_encoder
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
