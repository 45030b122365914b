"""The recipe that the command line describes: presets, changes by name, values as people type them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from storyflower.cli.app import app
from storyflower.cli.recipe_options import resolve_recipe, source_of
from storyflower.errors import RecipeError
from storyflower.recipe import BEST, TINY


def test_without_options_it_is_the_default_preset() -> None:
    assert resolve_recipe() == BEST
    assert resolve_recipe("tiny") == TINY


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ("epochs=2", "training.epochs", 2),
        ("training.epochs=2", "training.epochs", 2),
        ("learning_rate=1e-3", "training.learning_rate", 1e-3),
        ("class_weights=true", "training.class_weights", True),
        ("sheet=2024", "data.sheet", "2024"),
        ("sheet=null", "data.sheet", None),
        ('sheet="a=b"', "data.sheet", "a=b"),
        ("label_column=감정", "data.label_column", "감정"),
        ("text_columns=문장", "data.text_columns", ["문장"]),
        ("text_columns=1", "data.text_columns", ["1"]),
        ('text_columns=["가", "나"]', "data.text_columns", ["가", "나"]),
        ("label_set=fine", "data.label_set", "fine"),
        ('label_set=["가", "나"]', "data.label_set", ["가", "나"]),
    ],
)
def test_a_value_is_read_as_its_field_takes_it(change: str, field: str, value: object) -> None:
    assert resolve_recipe("kobert", [change]).flat()[field] == value


def test_the_last_change_counts_and_the_options_of_their_own_too(tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps(["좋음", "나쁨"], ensure_ascii=False), "utf-8")
    chosen = resolve_recipe("tiny", ["epochs=2", "epochs=3"], encoder="./kobert", labels=labels)
    assert (chosen.training.epochs, chosen.encoder.encoder, chosen.data.label_set) == (3, "./kobert", ("좋음", "나쁨"))


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize(
    ("preset", "change", "message"),
    [
        ("tiny", "epoch=2", "'epochs'"),
        ("tiny", "training.epoch=2", "'epochs'"),
        ("tiny", "max_length=2", "'max_len'"),
        ("tiny", "xyzzy=2", "'xyzzy'"),
        ("tiny", "epochs", "--set epochs=2"),
        ("tini", "epochs=2", "best, kobert, tiny"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    preset: str, change: str, message: str, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    with pytest.raises(RecipeError) as caught:
        resolve_recipe(preset, [change])
    assert message in str(caught.value)


@pytest.mark.parametrize("change", ["epochs=2.5", "epochs=two", "class_weights=5", "text_columns=[]"])
def test_a_value_that_no_reading_fits_is_refused_under_its_field(change: str) -> None:
    with pytest.raises(RecipeError, match=change.partition("=")[0]):
        resolve_recipe("kobert", [change])


@pytest.mark.parametrize("command", ["train", "sweep", "retrain"])
@pytest.mark.parametrize("option", ["--train", "--validation", "--unlabelled"])
@pytest.mark.parametrize(("given", "message"), [("", "an empty path"), ("\udcb0.xlsx", "not UTF-8")])
@pytest.mark.usefixtures("in_english")
def test_a_location_that_cannot_be_used_is_one_error(command: str, option: str, given: str, message: str) -> None:
    others = ["--train", "a.xlsx"] if option != "--train" else []
    found = CliRunner().invoke(app, [command, *others, option, "b.xlsx", option, given, "--json"])
    assert found.exit_code == 2
    error = json.loads(found.stdout)["error"]
    assert error["type"] == "WorkbookError"
    assert message in error["problem"]


def test_whatever_else_does_not_fit_is_one_error_too() -> None:
    with pytest.raises(RecipeError, match="training"):
        source_of([b"\xb0.xlsx"], None)  # type: ignore[list-item]
