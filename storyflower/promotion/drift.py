"""Measures drift: compares the training text of a run with that of a registered version, by their stored profiles."""

from mlflow.artifacts import load_text
from mlflow.entities.model_registry import ModelVersion

from storyflower.evaluation.drift import DriftReport, compare_profiles
from storyflower.evaluation.profile import PROFILE_FILE, CorpusProfile
from storyflower.storage.home import Home
from storyflower.tracking.runs import DATA_FOLDER, TrackedRun
from storyflower.tracking.store import client, find_run

DRIFT_FILE = "drift.json"


def drift_since(version: ModelVersion, run: TrackedRun) -> DriftReport | None:
    """Compare the training text of `run` with that of `version`; None if one of them has no profile."""
    old = _profile(run.home, version.run_id) if version.run_id else None
    new = _profile(run.home, run.run_id)
    return None if old is None or new is None else compare_profiles(old, new)


def log_drift(run: TrackedRun, report: DriftReport, version: ModelVersion) -> None:
    """Log the report as an artifact of the run, its distances as metrics and its reading as a tag."""
    run.log_json(report.to_json() | {"since_version": str(version.version)}, f"{DATA_FOLDER}/{DRIFT_FILE}")
    run.log_metrics({f"drift/{drift.measure}": drift.beyond_chance for drift in report.drifts})
    run.set_tags({"drift": report.reading, "drift_since_version": str(version.version)})


def _profile(home: Home, run_id: str) -> CorpusProfile | None:
    path, run = f"{DATA_FOLDER}/{PROFILE_FILE}", find_run(home, run_id)
    if run is None or path not in {file.path for file in client(home).list_artifacts(run_id, DATA_FOLDER)}:
        return None
    return CorpusProfile.from_json(load_text(f"{run.info.artifact_uri}/{path}"))
