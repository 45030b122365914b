"""A champion whose run `mlflow gc` has removed: nothing breaks, and the missing information is reported."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from mlflow.cli import gc
from mlflow.entities.model_registry import ModelVersion

from storyflower.errors import TrackingError
from storyflower.messages.sentences import as_written
from storyflower.promotion.alias import CHAMPION
from storyflower.promotion.browse import compare_versions
from storyflower.promotion.decisions import write_decision
from storyflower.promotion.drift import drift_since
from storyflower.promotion.gate import Decision
from storyflower.promotion.lineage import Lineage, what_changed
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.runs import TrackedRun, tracked_run
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")

NOW = Lineage("t" * 64, "v" * 64, "r" * 64, "c" * 64, "e" * 64)


@pytest.fixture
def champion(run: TrackedRun) -> ModelVersion:
    client(current_home()).create_registered_model(DEFAULT_MODEL)
    artifacts = client(current_home()).get_run(run.run_id).info.artifact_uri
    version = client(current_home()).create_model_version(DEFAULT_MODEL, artifacts, run.run_id)
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, CHAMPION, version.version)
    client(current_home()).delete_run(run.run_id)
    done = CliRunner().invoke(gc, ["--backend-store-uri", current_home().mlflow_uri, "--run-ids", run.run_id])
    assert "permanently deleted" in done.output
    return version


def test_a_retraining_trains_once_and_is_then_skipped(champion: ModelVersion) -> None:
    change = what_changed(current_home(), NOW)
    assert change.found
    assert change.reason == "it is not known what champion version 1 was made of: its run is gone"
    with tracked_run(current_home(), "test", NOW.tags) as run:
        write_decision(run, champion, Decision(True, as_written("version 1 is the champion already"), against="1"))
    assert not what_changed(current_home(), NOW).found
    assert what_changed(current_home(), replace(NOW, code_digest="other")).found


def test_without_its_profile_no_drift_is_reported(champion: ModelVersion) -> None:
    with tracked_run(current_home(), "test", {}) as run:
        assert drift_since(champion, run) is None


def test_a_comparison_says_what_is_missing(champion: ModelVersion) -> None:
    with pytest.raises(TrackingError, match="the run of version 1 is gone"):
        compare_versions(current_home(), champion, champion)
