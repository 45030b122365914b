"""The address of the MLflow store: one that cannot be used is one error, before MLflow is asked."""

from dataclasses import replace

import pytest

from storyflower.errors import TrackingError
from storyflower.pipeline.source import CorpusSource
from storyflower.preflight import preflight
from storyflower.recipe import TINY
from storyflower.tracking.address import require_address
from storyflower.tracking.store import client
from tests.homes import current_home

FOLDERS = ["./mlruns", "foo", "file:///tmp/mlruns", "file:mlruns"]
OTHERS = ["mysql://me:s3cret@x/y", "http://[::1", "http://", "http://h:99999", "http://a b", "databricks", "sqlite://"]


@pytest.mark.parametrize("uri", [*FOLDERS, *OTHERS])
@pytest.mark.usefixtures("in_english")
def test_what_cannot_be_the_store_is_one_error_that_says_what_can(uri: str) -> None:
    home = replace(current_home(), tracking_uri=uri)
    with pytest.raises(TrackingError) as refused:
        client(home)
    assert refused.value.where == uri.replace("me:s3cret@", "")
    assert ("folder" in refused.value.problem) == (uri in FOLDERS)
    assert all(kind in refused.value.remedy for kind in ("http://", "postgresql+psycopg://", "sqlite:///"))


def test_a_training_is_refused_before_workbooks_are_read() -> None:
    home = replace(current_home(), tracking_uri="./mlruns")
    with pytest.raises(TrackingError, match="MLFLOW_TRACKING_URI"):
        preflight(home, CorpusSource(training="missing.xlsx", validation="missing.xlsx"), TINY, "cpu")


@pytest.mark.parametrize(
    "uri",
    [
        *(None, "sqlite:////x/mlflow.db", "sqlite:///mlflow.db", "http://[::1]:5000", "https://me:pass@host/mlflow"),
        *("postgres://me:pass@host/runs", "postgresql+psycopg2://host/runs"),
    ],
)
def test_servers_and_databases_are_left_to_those_who_use_them(uri: str | None) -> None:
    require_address(replace(current_home(), tracking_uri=uri))
