"""Settings: from the environment, with clear words for what cannot work."""

from pathlib import Path

import pytest

from storyflower.errors import RecipeError
from storyflower.settings import settings


def test_home_is_dot_storyflower_of_the_working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STORYFLOWER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert settings().home == tmp_path.resolve() / ".storyflower"


def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_DEVICE", "tpu")
    with pytest.raises(RecipeError, match="STORYFLOWER_DEVICE"):
        settings()


@pytest.mark.parametrize(
    ("name", "characters"), [("a?b", "?"), ("my%20home", "%20"), ("50%25", "%25"), ("ok/sub?x/home", "?")]
)
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_home_whose_path_mlflow_misreads_is_refused(
    name: str, characters: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    monkeypatch.setenv("STORYFLOWER_HOME", str(tmp_path / name))
    with pytest.raises(RecipeError, match="STORYFLOWER_HOME") as raised:
        settings()
    assert f"'{characters}'" in raised.value.problem
    assert str(tmp_path / name) in raised.value.problem
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("lang", "number", "name"),
    [
        ("ko", "1 이상이어야 합니다", "모델 이름 'a/b'에 쓸 수 없는 문자(/, :, @, 공백)가 있습니다"),
        ("en", "must be at least 1", "a model cannot be named 'a/b': its name must not hold /, :, @ or blanks"),
    ],
)
def test_what_is_wrong_is_said_in_the_language_of_the_user(
    lang: str, number: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYFLOWER_LANG", lang)
    monkeypatch.setenv("STORYFLOWER_KEEP_DAYS", "0")
    monkeypatch.setenv("STORYFLOWER_MODEL", "a/b")
    with pytest.raises(RecipeError) as raised:
        settings()
    assert raised.value.problem == f"STORYFLOWER_MODEL: {name}; STORYFLOWER_KEEP_DAYS: {number}"
