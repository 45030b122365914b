"""Recipes as TOML files: what is written is read to an equal recipe, and what is wrong in a file is named."""

from pathlib import Path

import pytest

from storyflower.cli.recipe_options import resolve_recipe
from storyflower.errors import RecipeError
from storyflower.recipe import BEST, KOBERT, PRESETS, TINY
from storyflower.recipe_file import (
    read_recipe_file,
    recipe_as_toml,
    require_new_recipe_file,
    write_new_recipe_file,
    write_recipe_file,
)

CHANGED = TINY.with_changes(
    {
        "data.text_columns": ("문장", 'an "odd" one'),
        "data.label_set": ("가", "나\\다"),
        "data.sheet": "2024",
        "training.learning_rate": 3e-5,
        "training.class_weights": True,
        "training.early_stopping_patience": 2,
        "promotion.min_gain": 0.01,
    }
)


@pytest.mark.parametrize("recipe", [*PRESETS.values(), CHANGED], ids=[*PRESETS, "changed"])
def test_a_written_recipe_is_read_as_itself(tmp_path: Path, recipe) -> None:
    write_recipe_file(tmp_path / "recipe.toml", recipe, "two lines\nof a comment")
    assert read_recipe_file(tmp_path / "recipe.toml") == recipe


def test_only_what_differs_from_the_preset_is_written() -> None:
    recipe = KOBERT.with_changes({"training.epochs": 3})
    assert recipe_as_toml(recipe, "mine") == '# mine\nname = "kobert"\n\n[training]\nepochs = 3\n'


def test_no_preset_has_a_value_that_an_empty_field_would_replace() -> None:
    """TOML has no null: an empty field is left out, so it has to be empty in the preset too."""
    empty = {field for field, value in KOBERT.flat().items() if value is None}
    assert all(recipe.flat()[field] is None for recipe in PRESETS.values() for field in empty)


def test_a_file_is_a_recipe_of_the_command_line_which_options_change(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[data]\ntext_columns = ["문장"]\n[training]\nepochs = 3\nbatch_size = 8\n', "utf-8-sig")
    chosen = resolve_recipe(str(file), ["epochs=4"], encoder="klue/roberta-base")
    assert chosen == BEST.with_changes(
        {"text_columns": ("문장",), "epochs": 4, "batch_size": 8, "encoder.encoder": "klue/roberta-base"}
    )


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b'name = "kobert"\nepochs = = 3\n', "line 2"),
        (b"\xff\xfe\x00", "utf-8"),
        (b"[training]\nepoch = 3\n", "training.epoch"),
        (b"[training]\nepochs = 0\n", "epochs"),
        (b"[training]\nepochs = 'three'\n", "training.epochs"),
        (b"training = 3\n", "training"),
        (b'name = "koburt"\n', "koburt"),
        (b'name = ["kobert"]\n', "name"),
        (b"a = " + b"[" * 5000, "recurs"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_error_with_the_file(
    tmp_path: Path, content: bytes | None, message: str, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        resolve_recipe(str(file))
    assert str(file) in str(caught.value)
    assert message in str(caught.value)


def test_a_new_file_gets_its_folder_and_is_probed_without_a_trace(tmp_path: Path) -> None:
    file = tmp_path / "new" / "best.toml"
    require_new_recipe_file(file)
    assert list(file.parent.iterdir()) == []
    write_new_recipe_file(file, recipe_as_toml(CHANGED))
    assert read_recipe_file(file) == CHANGED
    with pytest.raises(RecipeError):
        require_new_recipe_file(file)


def test_what_cannot_be_written_names_the_file_and_no_draft(tmp_path: Path) -> None:
    file = tmp_path / "gone" / "best.toml"
    require_new_recipe_file(file)
    file.parent.rmdir()
    with pytest.raises(RecipeError) as refused:
        write_new_recipe_file(file, "")
    assert refused.value.where == str(file)
    assert ".tmp" not in str(refused.value)
