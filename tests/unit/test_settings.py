"""Settings: from the environment, with clear words for what cannot work."""

from pathlib import Path

import pytest

from storyflower.errors import RecipeError
from storyflower.settings import settings


def test_everything_local_lies_under_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYFLOWER_HOME", str(tmp_path))
    assert settings().mlflow_uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert settings().mlflow_artifacts == tmp_path / "artifacts"


def test_home_is_dot_storyflower_of_the_working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STORYFLOWER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert settings().home == tmp_path.resolve() / ".storyflower"


def test_mlflows_own_variable_is_honoured_and_ours_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert settings().mlflow_uri == "http://127.0.0.1:5000"
    monkeypatch.setenv("STORYFLOWER_TRACKING_URI", "http://127.0.0.1:5001")
    assert settings().mlflow_uri == "http://127.0.0.1:5001"


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
    ("given", "uri", "place", "login"),
    [
        ("http://me:p%40w@host:5000/a", "http://host:5000/a", "http://host:5000/a", ("me", "p@w")),
        ("https://host", "https://host", "https://host", None),
        ("postgresql://me:pw@host/db", "postgresql://me:pw@host/db", "postgresql://host/db", None),
        ("postgresql://host/db?password=x", "postgresql://host/db?password=x", "postgresql://host/db", None),
        ("sqlite:////home/me/ml.db", "sqlite:////home/me/ml.db", "sqlite:////home/me/ml.db", None),
    ],
)
def test_a_password_in_the_tracking_uri_is_told_to_nobody(
    given: str, uri: str, place: str, login: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    assert (settings().mlflow_uri, settings().mlflow_place, settings().mlflow_login) == (uri, place, login)
