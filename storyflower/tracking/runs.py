"""The MLflow run of a flow run: opened, logged to by its id from any thread, and always closed with a status."""

import json
import logging
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from storyflower.errors import TrackingError, first_line
from storyflower.messages import say
from storyflower.pipeline.results import StageReport
from storyflower.processes import this_process
from storyflower.redaction import redacted
from storyflower.storage.home import Home
from storyflower.tracking.metric_names import METRIC_NAMES_FILE, metric_name
from storyflower.tracking.problems import raise_known
from storyflower.tracking.store import client, drop_unregistered_copies, writable_experiment_id
from storyflower.tracking.store_thread import in_store_thread

log = logging.getLogger(__name__)

MODEL_TAG = "model_name"
"""Tag of the run that decided on a version: the registered model of that version."""
FLOW_RUN_TAG, PROCESS_TAG, REASON_TAG = "flow_run_id", "process", "reason"
DATA_FOLDER, EVALUATION_FOLDER, FOLDS_FOLDER, SWEEP_FOLDER = "data", "evaluation", "folds", "sweep"
"""Folders of a run's artifacts."""
_PARENT_TAG = "mlflow.parentRunId"
_NOTE_TAG = "mlflow.note.content"
"""The tag that MLflow's pages show as the description of a run."""


@dataclass(frozen=True)
class TrackedRun:
    """An MLflow run, named by its id: every thread and process that holds this object can log to it."""

    home: Home
    """The home in whose store the run is."""
    run_id: str
    stages: dict[str, StageReport] = field(default_factory=dict)
    """How each stage ended, in order, filled as they end."""
    renamed_metrics: dict[str, str] = field(default_factory=dict)
    """The original names of metrics whose names had to be escaped, by the name in MLflow."""

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log parameters, in one request per hundred; values other than strings are written as JSON."""
        entries = []
        for name, value in params.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            entries.append(Param(name, redacted(text)))
        client(self.home).log_batch(self.run_id, params=entries)

    def log_metrics(self, metrics: Mapping[str, float], *, step: int = 0, at_ms: int | None = None) -> None:
        """Log several figures at one step, as of now or of a time in milliseconds since 1970.

        A name that MLflow refuses is escaped; the artifact `METRIC_NAMES_FILE` holds the original name.
        """
        time_ms = now_ms() if at_ms is None else at_ms
        names = {name: metric_name(name) for name in metrics}
        entries = [Metric(names[name], value, time_ms, step) for name, value in metrics.items()]
        client(self.home).log_batch(self.run_id, metrics=entries)
        renamed = {escaped: name for name, escaped in names.items() if escaped != name}
        if renamed.items() - self.renamed_metrics.items():
            self.renamed_metrics.update(renamed)
            self.log_json(self.renamed_metrics, METRIC_NAMES_FILE)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags of the run, in one request per hundred."""
        entries = [RunTag(name, redacted(value)) for name, value in tags.items()]
        client(self.home).log_batch(self.run_id, tags=entries)

    def log_json(self, value: Any, path: str) -> None:
        """Write a JSON artifact without escaping Korean characters."""
        client(self.home).log_text(self.run_id, json.dumps(value, ensure_ascii=False, indent=1), path)

    def log_file(self, file: Path, folder: str) -> None:
        """Copy a file into an artifact folder."""
        client(self.home).log_artifact(self.run_id, str(file), folder)


@contextmanager
def tracked_run(home: Home, name: str, tags: Mapping[str, str]) -> Iterator[TrackedRun]:
    """Open a run and yield it; close it as FINISHED, as FAILED with the reason, or as KILLED when interrupted.

    All tags are set when the run is created. `reconcile` uses the tag of the process to find out whether the run is
    still active.

    Raises:
        TrackingError: the store does not answer, or stopped answering.
        StorageError: the disk is full, or the home folder cannot be written.
    """
    about = {"mlflow.source.name": "flows/train.py", PROCESS_TAG: str(this_process())}
    tags = {name: redacted(value) for name, value in (about | dict(tags) | _code_tags()).items()}
    opened: list[TrackedRun] = []  # filled in the store's thread, so that an interrupted opening leaves its run here
    try:
        in_store_thread(_open, home, opened, redacted(name), tags)
        yield opened[0]
        client(home).set_terminated(opened[0].run_id, "FINISHED")
    except Exception as error:
        in_store_thread(_close, opened, "FAILED", f"{type(error).__name__}: {error}")
        raise_known(error, home)
    except BaseException as error:  # KeyboardInterrupt, and the exits by which a worker cancels a run
        in_store_thread(_close, opened, "KILLED", type(error).__name__)
        raise


@contextmanager
def nested_run(parent: TrackedRun, name: str, tags: Mapping[str, str]) -> Iterator[TrackedRun]:
    """Open a run that MLflow shows below another one, and yield it; it is closed as `tracked_run` does.

    Raises:
        TrackingError: the store does not answer, or stopped answering.
        StorageError: the disk is full, or the home folder cannot be written.
    """
    with tracked_run(parent.home, name, {**tags, _PARENT_TAG: parent.run_id}) as run:
        yield run


def _open(home: Home, opened: list[TrackedRun], name: str, tags: dict[str, str]) -> None:
    created = client(home).create_run(writable_experiment_id(home), run_name=name, tags=tags)
    opened.append(TrackedRun(home, created.info.run_id))


def _close(opened: list[TrackedRun], status: str, reason: str) -> None:
    """Record why a run ended, if it was opened; a store that does not answer must not hide the error that ended it."""
    for run in opened:
        try:
            end_run(run, status, reason)
        except (MlflowException, TrackingError, OSError) as error:  # the last from requests, or from files of a copy
            log.warning(say("log.run_not_closed", run=run.run_id, status=status, reason=first_line(error)))


def end_run(run: TrackedRun, status: str, reason: str) -> None:
    """Close a run as `FAILED` or `KILLED` with a reason, and delete a logged model that it has not registered.

    The model is deleted first: if this is interrupted, the run is still RUNNING, and `reconcile` finds it again.
    """
    drop_unregistered_copies(run.home, f"source_run_id = '{run.run_id}'")
    run.set_tags({REASON_TAG: reason[:4000], _NOTE_TAG: reason[:4000]})
    client(run.home).set_terminated(run.run_id, status)


def now_ms() -> int:
    """Return the milliseconds since 1970, MLflow's unit of time."""
    return time.time_ns() // 1_000_000


def _code_tags() -> dict[str, str]:
    """Return the git commit of the code as a tag, if it runs from a checkout and git is installed."""
    git, here = shutil.which("git"), Path(__file__).resolve().parent
    if git is None:
        return {}
    found = subprocess.run(  # noqa: S603
        [git, "-C", str(here), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {"git_commit": found.stdout.strip()} if found.returncode == 0 else {}
