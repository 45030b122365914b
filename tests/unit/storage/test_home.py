"""The home: its paths and its MLflow store; and that the library is handed one, and does not look for it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import storyflower
from storyflower.settings import settings
from storyflower.storage.home import Home
from tests.homes import current_home

PACKAGE = Path(storyflower.__file__).parent
SETTINGS = "storyflower.settings"


def test_everything_local_lies_under_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYFLOWER_HOME", str(tmp_path))
    home = current_home()
    assert home.mlflow_uri == f"sqlite:///{tmp_path}/mlflow.db"
    folders = (home.mlflow_artifacts, home.stages, home.checkpoints, home.downloads, home.reports, home.prefect)
    assert [folder.parent for folder in folders] == [tmp_path] * len(folders)
    assert home.uses_local_store


def test_a_home_is_made_from_a_path_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = storyflower.Home(Path("place"))
    assert home == Home(tmp_path / "place")
    assert home.with_model("other").model == "other"
    assert not home.folder.exists()
    with home.lock("test"):
        assert [file.name for file in home.folder.iterdir()] == ["test.lock"]


def test_mlflows_own_variable_is_used_unless_ours_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert current_home().mlflow_uri == "http://127.0.0.1:5000"
    monkeypatch.setenv("STORYFLOWER_TRACKING_URI", "http://127.0.0.1:5001")
    assert current_home().mlflow_uri == "http://127.0.0.1:5001"


@pytest.mark.parametrize(
    ("given", "uri", "place", "login"),
    [
        ("http://me:p%40w@host:5000/a", "http://host:5000/a", "http://host:5000/a", ("me", "p@w")),
        ("https://host", "https://host", "https://host", None),
        (
            "postgresql+psycopg2://me:pw@host/db",
            "postgresql+psycopg2://me:pw@host/db",
            "postgresql+psycopg2://host/db",
            None,
        ),
        ("postgresql://me:pw@host/db", "postgresql+psycopg://me:pw@host/db", "postgresql+psycopg://host/db", None),
        (
            "postgres://host/db?password=x",
            "postgresql+psycopg://host/db?password=x",
            "postgresql+psycopg://host/db",
            None,
        ),
        ("sqlite:////home/me/ml.db", "sqlite:////home/me/ml.db", "sqlite:////home/me/ml.db", None),
    ],
)
def test_a_password_in_the_tracking_uri_is_not_shown(
    given: str, uri: str, place: str, login: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    home = current_home()
    assert (home.mlflow_uri, home.mlflow_place, home.mlflow_login) == (uri, place, login)
    assert given not in repr(home)  # which stands in the representations of runs, and in tracebacks with values


def test_the_database_of_the_home_is_its_own_store_by_name_too(own_home: Path) -> None:
    assert Home(own_home, f"sqlite:///{own_home}/mlflow.db").uses_local_store
    assert not Home(own_home, f"sqlite:///{own_home}/other.db").uses_local_store


def test_artifacts_of_a_database_are_in_the_shared_store_where_mlflow_knows_its_kind(own_home: Path) -> None:
    ours = f"{own_home.as_uri()}/artifacts"
    database, server = "postgresql://host/db", "http://host:5000"
    places = {
        (None, None): ours,
        (None, "s3://bucket/a"): ours,
        (database, None): ours,
        (database, "s3://bucket/a"): "s3://bucket/a/artifacts",
        (database, "file:///mnt/a"): "file:///mnt/a/artifacts",
        (database, "az://container"): ours,
        (server, "s3://bucket/a"): None,
    }
    assert {case: Home(own_home, case[0], store=case[1]).artifacts_address for case in places} == places


def test_the_settings_are_read_by_commands_flows_and_notebooks_alone() -> None:
    root = PACKAGE.parent
    files = [*PACKAGE.rglob("*.py"), *(root / "tasks").rglob("*.py"), *(root / "flows").rglob("*.py")]
    readers = {file.relative_to(root) for file in files if any(_reads_settings(ast.parse(file.read_text("utf-8"))))}
    assert readers
    edges = (Path("flows"), Path("storyflower/cli"), Path("storyflower/notebook.py"))
    assert [file for file in readers if not any(file.is_relative_to(edge) for edge in edges)] == []


def _reads_settings(tree: ast.Module) -> Iterator[bool]:
    """True for each import of the function `settings`, or of its whole module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield any(name.name == SETTINGS for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported = {name.name for name in node.names}
            yield (node.module == SETTINGS and bool(imported & {"settings", "*"})) or (
                node.module == "storyflower" and "settings" in imported
            )


def test_the_settings_name_the_home(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYFLOWER_MODEL", "mine")
    assert Home.of(settings()) == Home(own_home, model="mine")
