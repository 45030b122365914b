"""Drift since a registered version, from the profiles that two real runs have left."""

import json
from dataclasses import replace

import pytest
from mlflow.artifacts import load_text
from mlflow.entities.model_registry import ModelVersion

from storyflower.evaluation.profile import PROFILE_FILE, CorpusProfile
from storyflower.promotion.drift import drift_since, log_drift
from storyflower.settings import DEFAULT_MODEL
from storyflower.text.sentencepiece import kobert_ids
from storyflower.tracking.runs import DATA_FOLDER, TrackedRun, tracked_run
from storyflower.tracking.store import client
from tests.homes import current_home

PROFILE = CorpusProfile(
    n=1000,
    labels={"기쁨": 500, "슬픔": 500},
    tokens={0: 10, 7: 2000, 9: 3000},
    lengths={5: 400, 6: 600},
    vocabulary="v",
    special_ids=kobert_ids(7),
    max_len=64,
)


def ended_run(profile: CorpusProfile | None) -> TrackedRun:
    with tracked_run(current_home(), "test", {}) as run:
        if profile is not None:
            client(current_home()).log_text(run.run_id, profile.to_json(), f"{DATA_FOLDER}/{PROFILE_FILE}")
    return run


def version_of(run: TrackedRun) -> ModelVersion:
    client(current_home()).create_registered_model(DEFAULT_MODEL)
    return client(current_home()).create_model_version(
        DEFAULT_MODEL, client(current_home()).get_run(run.run_id).info.artifact_uri, run.run_id
    )


def test_the_change_since_a_version_is_reported_and_logged() -> None:
    version = version_of(ended_run(PROFILE))
    run = ended_run(replace(PROFILE, labels={"기쁨": 800, "슬픔": 200}))
    report = drift_since(version, run)
    assert report is not None
    assert report.reading == "large"
    log_drift(run, report, version)

    logged = client(current_home()).get_run(run.run_id)
    assert logged.data.metrics["drift/labels"] > 0.2
    assert logged.data.metrics["drift/lengths"] == pytest.approx(0)
    assert logged.data.tags["drift"] == "large"
    kept = json.loads(load_text(f"{logged.info.artifact_uri}/data/drift.json"))
    assert kept["since_version"] == "1"
    assert kept["label_shares"]["기쁨"] == [0.5, 0.8]


@pytest.mark.parametrize(("old", "new"), [(None, PROFILE), (PROFILE, None)])
def test_without_a_profile_there_is_nothing_to_compare(old: CorpusProfile | None, new: CorpusProfile | None) -> None:
    assert drift_since(version_of(ended_run(old)), ended_run(new)) is None
