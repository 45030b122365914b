"""pydantic's errors in words: every kind that a recipe or a setting meets, in both languages."""

from pathlib import Path

import pytest
from pydantic import BaseModel, Field, ValidationError

from storyflower.errors import RecipeError
from storyflower.recipe_file import read_recipe_file
from storyflower.validation_words import explain


class Bounded(BaseModel):
    above: int = Field(2, gt=1)
    least: int = Field(2, ge=1)
    below: float = Field(0, lt=1)
    most: float = Field(0, le=1)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "ko",
            "above: 1보다 커야 합니다 (받은 값: 0); least: 1 이상이어야 합니다 (받은 값: 0); "
            "below: 1.0보다 작아야 합니다 (받은 값: 2); most: 1.0 이하여야 합니다 (받은 값: 2)",
        ),
        (
            "en",
            "above: must be greater than 1 (got 0); least: must be at least 1 (got 0); "
            "below: must be less than 1.0 (got 2); most: must be at most 1.0 (got 2)",
        ),
    ],
)
def test_bounds(lang: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    with pytest.raises(ValidationError) as caught:
        Bounded.model_validate({"above": 0, "least": 0, "below": 2, "most": 2})
    assert explain(caught.value) == words


@pytest.mark.parametrize(
    ("content", "korean", "english"),
    [
        (
            "[training]\nepoch = 3\n",
            "training.epoch: 없는 필드입니다. 혹시 'training.epochs'인가요? (받은 값: 3)",
            "training.epoch: there is no such field; did you mean 'training.epochs'? (got 3)",
        ),
        (
            "epochs = 3\n",
            "epochs: 없는 필드입니다. 혹시 'training.epochs'인가요? (받은 값: 3)",
            "epochs: there is no such field; did you mean 'training.epochs'? (got 3)",
        ),
        (
            "[trainng]\nepochs = 3\n",
            "trainng: 없는 필드입니다. 혹시 'training'인가요?",
            "trainng: there is no such field; did you mean 'training'?",
        ),
        (
            "[training]\nqqqq = 3\n",
            "training.qqqq: 없는 필드입니다 (받은 값: 3)",
            "training.qqqq: there is no such field (got 3)",
        ),
        (
            "training = 3\n",
            "training: 필드와 값으로 된 표여야 합니다 (받은 값: 3)",
            "training: must be a table of fields and values (got 3)",
        ),
    ],
)
def test_what_is_wrong_in_a_recipe_file(
    content: str, korean: str, english: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(content, "utf-8")
    for lang, words in (("ko", korean), ("en", english)):
        monkeypatch.setenv("STORYFLOWER_LANG", lang)
        with pytest.raises(RecipeError) as caught:
            read_recipe_file(file)
        assert caught.value.problem == words
