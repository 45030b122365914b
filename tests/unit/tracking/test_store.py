"""The client of a home's store: the first call sets MLflow's global state, further calls leave it alone."""

import os
from pathlib import Path
from typing import Any

import mlflow
import pytest

from storyflower.storage.home import Home
from storyflower.tracking.store import client


def global_state(home: Path) -> dict[str, Any]:
    """All that a call of `client` could change: environment, MLflow's URIs, and the files of the home."""
    return {
        "environment": dict(os.environ),
        "uris": (mlflow.get_tracking_uri(), mlflow.get_registry_uri()),
        "files": {path: path.stat().st_mtime_ns for path in home.rglob("*")},
    }


@pytest.fixture(autouse=True)
def no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without a login of MLflow's client, and remove the one that a test leaves."""
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")  # recorded, so that it is undone
        monkeypatch.delenv(name)


@pytest.mark.parametrize("uri", [None, "http://user:word@127.0.0.1:9"])
def test_a_second_call_changes_no_global_state(uri: str | None, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", uri)
    client(home)
    assert mlflow.get_tracking_uri() == mlflow.get_registry_uri() == home.mlflow_uri
    assert ("MLFLOW_TRACKING_USERNAME" in os.environ) is (uri is not None)
    before = global_state(home.folder)
    client(home)
    client(Home(tmp_path / "home", uri))
    assert global_state(home.folder) == before


def test_two_homes_are_used_in_turn(tmp_path: Path) -> None:
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    client(one)
    client(other)
    assert mlflow.get_tracking_uri() == other.mlflow_uri
    before = global_state(one.folder)["files"]
    client(one)
    assert mlflow.get_tracking_uri() == one.mlflow_uri
    assert global_state(one.folder)["files"] == before
