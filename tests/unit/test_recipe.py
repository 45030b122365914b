"""The recipe: the notebook's figures, presets, changes from the command line, digests."""

import json
import pickle
import re
from typing import Any, get_args

import pytest
from prefect.utilities.callables import parameter_schema
from pydantic import ValidationError

from flows.retrain import retrain
from flows.train import train
from storyflower.errors import RecipeError
from storyflower.recipe import BEST, KOBERT, PRESETS, TINY, TrainingRecipe
from storyflower.recipe_presets import PresetName
from storyflower.settings import Settings


def test_the_kobert_preset_is_the_notebooks_recipe() -> None:
    training, text, data = KOBERT.training, KOBERT.text, KOBERT.data
    assert (training.epochs, training.batch_size, training.learning_rate) == (10, 64, 5e-5)
    assert (training.weight_decay, training.warmup_share, training.dropout) == (0.01, 0.1, 0.5)
    assert (training.max_grad_norm, training.log_every, text.max_len) == (1.0, 100, 64)
    assert (data.text_columns, data.label_column) == (("사람문장1", "사람문장2"), "감정_대분류")
    encoder = KOBERT.on_machine(Settings()).encoder
    assert (encoder.encoder, encoder.revision) == ("skt/kobert-base-v1", "a9f5849fce18fb088f0cd0f9b29ec3f756958464")


def test_the_default_preset_is_the_recommended_one() -> None:
    """Its fields are those that were measured (docs/log.md); what it does not change is as in `kobert`."""
    measured = {
        "epochs": 5,
        "min_steps": 500,
        "scale_rate": True,
        "dropout": 0.1,
        "class_weight_power": 0.5,
        "class_weights_from": 0.5,
        "distillation": 0.4,
        "decision": "macro_f1",
    }
    assert TrainingRecipe() == BEST
    assert BEST.flat() == KOBERT.with_changes(measured).flat() | {"name": "best"}


@pytest.mark.parametrize("chosen", [True, False])
def test_chosen_class_weights_are_not_left_to_the_share_of_the_preset(chosen: bool) -> None:
    """Whichever way they are chosen; a whole recipe, and one that sets the share too, stays as it is written."""
    written = {"name": "best", "training": {"class_weights": chosen}}
    changed = BEST.with_changes({"class_weights": chosen, "epochs": 3})
    assert changed == TrainingRecipe.model_validate(written).with_changes({"epochs": 3})
    assert changed.training.class_weights_from == 1.0
    assert changed.training.fitted(1000, 768, largest_share=0.9).class_weights is chosen
    both = {"class_weights": chosen, "class_weights_from": 0.7}
    assert BEST.with_changes(both).training.class_weights_from == 0.7
    assert TrainingRecipe.model_validate(BEST.model_dump()) == BEST == BEST.with_changes({"epochs": 5})


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
        ("epochs", 0, "between 1 and 100000"),
        ("epochs", "zwei", "whole number"),
        ("dropout", 1.5, "at least 0 and less than 1"),
        ("max_rejected_share", 5, "between 0 and 1"),
        ("label_set", ["하나"], "2 to 1,000 names"),
    ],
)
def test_what_cannot_work_is_refused_with_the_fields_name(
    name: str, value: object, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", "en")
    with pytest.raises(RecipeError) as caught:
        KOBERT.with_changes({name: value})
    assert message in str(caught.value)


IMPOSSIBLE: dict[str, Any] = {
    **dict.fromkeys(("sheet", "label_column"), 5),
    "text_columns": [],
    "label_set": ["하나"],
    "nbest_size": 1,
    "encoder": "  ",
    "scratch_hidden_size": 33,
    "epochs": 0,
    "max_len": 3,
    "learning_rate": "schnell",
    "class_weights": "vielleicht",
    "precision": "fp8",
    "devices": 1_000,
    "nodes": 1_000,
    **dict.fromkeys(("batch_size", "log_every", "early_stopping_patience", "scratch_layers"), "x"),
    **dict.fromkeys(("weight_decay", "warmup_share", "dropout", "max_grad_norm", "dev_share", "validation_share"), -1),
    **dict.fromkeys(("max_rejected_share", "bpe_dropout", "min_gain", "max_recall_drop", "max_ece"), -1),
    **dict.fromkeys(("max_uncompressed_mb", "max_latency_ms", "max_size_mb", "approval_hours"), -1),
}


@pytest.mark.parametrize("field", IMPOSSIBLE)
def test_a_refusal_is_wholly_in_the_language_of_the_user(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = {}
    for lang in ("ko", "en"):
        monkeypatch.setenv("STORYFLOWER_LANG", lang)
        with pytest.raises(RecipeError) as refused:
            KOBERT.with_changes({field: IMPOSSIBLE[field]})
        messages[lang] = refused.value.problem
    assert all(field in problem for problem in messages.values())
    assert re.search("[가-힣]", messages["ko"].replace("하나", ""))
    assert not re.search(r"\b(must|should|valid|input)\b", messages["ko"])
    assert not re.search("[가-힣]", messages["en"].replace("하나", ""))


def test_a_presets_name_brings_the_whole_preset() -> None:
    assert TrainingRecipe.model_validate({"name": "tiny"}) == TINY
    changed = TrainingRecipe.model_validate({"name": "tiny", "training": {"epochs": 1}})
    assert changed == TINY.with_changes({"epochs": 1})


def test_every_preset_can_be_chosen_by_its_name_and_nothing_else_can() -> None:
    assert set(get_args(PresetName)) == set(PRESETS)
    with pytest.raises(ValidationError, match="kobert"):
        TrainingRecipe.model_validate({"name": "tinny"})


def test_a_presets_name_is_not_changed_alone() -> None:
    with pytest.raises(RecipeError, match="--recipe tiny"):
        KOBERT.with_changes({"name": "tiny"})
    assert TINY.with_changes({"name": "tiny", "epochs": 1}).name == "tiny"


@pytest.mark.parametrize("flow", [train, retrain])
def test_the_form_prefills_the_presets_name_alone(flow: Any) -> None:
    """Prefect's form submits every default of the schema: one below `name` would override the chosen preset."""
    schema = parameter_schema(flow.fn)
    assert schema.properties["recipe"]["default"] == {"name": "best"}
    recipe = schema.definitions["TrainingRecipe"]["properties"]
    parts = {
        name: schema.definitions[about["$ref"].rpartition("/")[2]] for name, about in recipe.items() if name != "name"
    }
    assert recipe["name"]["enum"] == list(PRESETS)
    assert {
        f"{part}.{field}" for part, about in parts.items() for field in about["properties"]
    } == KOBERT.flat().keys() - {"name"}
    assert not any("default" in field for about in parts.values() for field in about["properties"].values())
    assert not any(about.get("required") for about in parts.values())
    assert "default" not in schema.definitions["CorpusSource"]["properties"]["validation"]  # a text field, not `None`
    values = f"{BEST.training.epochs} (best), {KOBERT.training.epochs} (kobert), {TINY.training.epochs} (tiny)"
    assert values in parts["training"]["properties"]["epochs"]["description"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"name": "best"}, BEST),
        ({"name": "kobert"}, KOBERT),
        ({"name": "tiny"}, TINY),
        ({}, BEST),
        ({"training": {"epochs": 2}}, BEST.with_changes({"epochs": 2})),
        ({"name": "kobert", "promotion": {"approval_hours": 12}}, KOBERT.with_changes({"approval_hours": 12})),
        ({"name": "tiny", "training": {}}, TINY),
        (json.loads(TINY.model_dump_json()), TINY),
    ],
)
def test_parameters_of_deployments_as_people_write_them(parameters: dict[str, Any], expected: TrainingRecipe) -> None:
    assert TrainingRecipe.model_validate(parameters) == expected


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


@pytest.mark.parametrize(
    ("own", "changes", "revision"),
    [
        ({"encoder": "klue/bert-base", "revision": "v1"}, {"encoder": "/models/kobert"}, ""),
        ({"encoder": "klue/bert-base", "revision": "v1"}, {"revision": "v2", "encoder.encoder": "klue/x"}, "v2"),
        ({"encoder": "klue/bert-base", "revision": "v1"}, {"encoder": "klue/bert-base"}, "v1"),
        ({"encoder": "klue/bert-base", "revision": "v1"}, {"epochs": 3}, "v1"),
        ({"revision": "v1"}, {"encoder": "klue/bert-base"}, "v1"),  # it was not that of another encoder
    ],
)
def test_another_encoder_does_not_have_the_revision_of_the_one_before(
    own: dict[str, str], changes: dict[str, Any], revision: str
) -> None:
    assert KOBERT.with_changes(own).with_changes(changes).encoder.revision == revision


PINNED = "a9f5849fce18fb088f0cd0f9b29ec3f756958464"


@pytest.mark.parametrize(
    ("machine", "chosen", "expected"),
    [
        (None, {}, ("skt/kobert-base-v1", PINNED)),
        (None, {"revision": "main"}, ("skt/kobert-base-v1", "main")),
        (None, {"encoder": "klue/bert-base"}, ("klue/bert-base", "main")),
        (None, {"encoder": "klue/bert-base", "revision": "v1"}, ("klue/bert-base", "v1")),
        ("/models/kobert", {}, ("/models/kobert", "main")),
        ("skt/kobert-base-v1", {}, ("skt/kobert-base-v1", PINNED)),
        ("/models/kobert", {"encoder": "skt/kobert-base-v1"}, ("skt/kobert-base-v1", PINNED)),
        ("/models/kobert", {"encoder": "scratch"}, ("scratch", "main")),
    ],
)
def test_a_chosen_encoder_wins_over_the_machines_and_the_pin_belongs_to_kobert_alone(
    machine: str | None, chosen: dict[str, str], expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if machine:
        monkeypatch.setenv("STORYFLOWER_ENCODER", machine)
    encoder = KOBERT.with_changes(chosen).on_machine(Settings()).encoder
    assert (encoder.encoder, encoder.revision) == expected
    again = TrainingRecipe.model_validate({"encoder": chosen}).on_machine(Settings())
    assert again.on_machine(Settings()) == again  # a flow inside a flow resolves it once more


def test_errors_survive_pickling_whole() -> None:
    error = RecipeError("wrong", where="here", remedy="mend it")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(again), again.where, again.remedy) == (str(error), "here", "mend it")
