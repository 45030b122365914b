"""The recipe: the notebook's figures, presets, changes from the command line, digests."""

import pickle

import pytest
from pydantic import ValidationError

from storyflower.errors import RecipeError
from storyflower.recipe import KOBERT, TINY, TrainingRecipe
from storyflower.settings import Settings


def test_the_kobert_preset_is_the_notebooks_recipe() -> None:
    training, text, data = KOBERT.training, KOBERT.text, KOBERT.data
    assert (training.epochs, training.batch_size, training.learning_rate) == (10, 64, 5e-5)
    assert (training.weight_decay, training.warmup_share, training.dropout) == (0.01, 0.1, 0.5)
    assert (training.max_grad_norm, training.log_every, text.max_len) == (1.0, 100, 64)
    assert (data.text_columns, data.label_column) == (("사람문장1", "사람문장2"), "감정_대분류")
    assert KOBERT.encoder.encoder == "skt/kobert-base-v1"


def test_field_names_are_unique_so_that_one_word_names_a_field() -> None:
    names = [dotted.rpartition(".")[2] for dotted in KOBERT.flat()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["epochs", "training.epochs"])
def test_a_field_is_changed_by_its_name_or_its_path(name: str) -> None:
    changed = KOBERT.with_changes({name: 2, "max_len": 48})
    assert (changed.training.epochs, changed.text.max_len) == (2, 48)
    assert changed.digest != KOBERT.digest
    assert KOBERT.training.epochs == 10


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("epoch", 2, "'epochs'"),
        ("epochs", 0, "at least 1"),
        ("epochs", "zwei", "valid integer"),
        ("dropout", 1.5, "between 0 and 1"),
        ("max_rejected_share", 5, "between 0 and 1"),
        ("label_set", ["하나"], "two or more"),
    ],
)
def test_what_cannot_work_is_refused_with_the_fields_name(name: str, value: object, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        KOBERT.with_changes({name: value})
    assert message in str(caught.value)


def test_a_presets_name_brings_the_whole_preset() -> None:
    assert TrainingRecipe.model_validate({"name": "tiny"}) == TINY
    changed = TrainingRecipe.model_validate({"name": "tiny", "training": {"epochs": 1}})
    assert changed == TINY.with_changes({"epochs": 1})


def test_json_round_trip_and_digest() -> None:
    again = TrainingRecipe.model_validate_json(TINY.model_dump_json())
    assert again == TINY
    assert again.digest == TINY.digest != KOBERT.digest


def test_unknown_parts_are_refused() -> None:
    with pytest.raises(ValidationError):
        TrainingRecipe.model_validate({"name": "x", "training": {"epohcs": 3}})


def test_the_form_describes_every_field() -> None:
    parts = TrainingRecipe.model_json_schema()["$defs"]
    assert all(field.get("description") for part in parts.values() for field in part["properties"].values())


def test_the_machines_encoder_replaces_only_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_ENCODER", "/models/kobert")
    assert KOBERT.on_machine(Settings()).encoder.encoder == "/models/kobert"
    assert TINY.on_machine(Settings()) == TINY


def test_errors_survive_pickling_whole() -> None:
    error = RecipeError("wrong", where="here", remedy="mend it")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(again), again.where, again.remedy) == (str(error), "here", "mend it")
