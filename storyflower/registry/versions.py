"""Versions of the registered model: logged with what they need to answer, found again by their content, loaded back."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import cast

import mlflow
import pandas as pd
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models.model import ModelInfo
from mlflow.pyfunc import PyFuncModel

from storyflower.digests import FileState
from storyflower.errors import StoryFlowerError, TrackingError, VersionFilesError
from storyflower.messages import problem, say
from storyflower.model.devices import Device, device_in_force
from storyflower.registry.interface import EXAMPLE
from storyflower.registry.lookup import intact_version, load_problem
from storyflower.registry.packaging import packed
from storyflower.registry.references import ModelReference
from storyflower.registry.version_files import shown_place
from storyflower.serving.predictor import label_columns
from storyflower.storage.home import Home
from storyflower.tracking.lock import Held, one_at_a_time
from storyflower.tracking.problems import unreachable
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.store import client, drop_unregistered_copies
from storyflower.tracking.store_thread import in_store_thread


def one_registration_at_a_time(home: Home) -> AbstractContextManager[Held]:
    """Return the lock from the search for a version to its registration: two runs of one model make one version."""
    return one_at_a_time(home, "registration")


def find_version(home: Home, model_digest: str) -> ModelVersion | None:
    """Return the newest version with these model files; None if there is none."""
    query = f"name = '{home.model}' AND tag.`model_digest` = '{model_digest}'"
    found = client(home).search_model_versions(query)
    return max(found, key=lambda v: int(v.version), default=None)


def register_version(
    run: TrackedRun,
    model_directory: Path,
    labels: Sequence[str],
    tags: Mapping[str, str],
    card: str = "",
    *,
    lock: Held | None = None,
) -> ModelVersion:
    """Log the model directory as a pyfunc model of the run and register it as the next version.

    The card, if there is one, is stored beside the weights as `README.md`. The lock under which the model was searched
    for must still be held when the copying has ended.
    """
    try:
        logged = in_store_thread(_log_model, run, model_directory, labels, card)
        _ensure_registered_model(run.home)
        if lock is not None:
            lock.confirm()
        return client(run.home).create_model_version(
            run.home.model,
            source=logged.model_uri,
            run_id=run.run_id,
            tags=dict(tags),
            model_id=logged.model_id,
        )
    except Exception:
        drop_unregistered_copies(run.home, f"source_run_id = '{run.run_id}'")  # each retry logs the whole model anew
        raise


def _log_model(run: TrackedRun, model_directory: Path, labels: Sequence[str], card: str) -> ModelInfo:
    with packed(model_directory, labels, card) as package, mlflow.start_run(run_id=run.run_id):
        logged: ModelInfo = mlflow.pyfunc.log_model(name="model", **package)
    client(run.home).update_run(run.run_id, "RUNNING")  # leaving `start_run` has closed it, and the flow goes on
    return logged


def load_version(home: Home, version_or_alias: str | int) -> PyFuncModel:
    """A version (`3`) or alias (`@champion`), of another model with its name (`NAME@champion`), ready to predict.

    Its files are compared with what was registered, again after a change, and put back where the home still has them.
    The version that was loaded last is returned again while its files are the same.

    Raises:
        VersionFilesError: its files are missing or altered and cannot be put back, or it does not load.
        TrackingError: there is none, or the store does not answer.
        StorageError: its files must not be read.
    """
    version, folder = intact_version(home, ModelReference.parse(version_or_alias, home.model))
    try:
        # By its folder: by its name MLflow would write a file into the version, which a reader of the home may not.
        return _loaded(folder, _states(folder), device_in_force())
    except VersionFilesError:
        raise
    except (MlflowException, OSError, StoryFlowerError) as error:
        raise unreachable(error, home) or load_problem(
            home, version.version, shown_place(home, version), error
        ) from error


@lru_cache(maxsize=1)
def _loaded(folder: Path, _states: frozenset[tuple[Path, FileState]], _device: Device) -> PyFuncModel:
    """Load a version. The last one is kept while its files are the same: a promotion uses it several times."""
    model: PyFuncModel = mlflow.pyfunc.load_model(folder.as_uri())
    return model


def _states(folder: Path) -> frozenset[tuple[Path, FileState]]:
    """The states of a version's files, without what Python writes when it imports the version's code."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return frozenset((path, FileState.of(path)) for path in files)


def ask(home: Home, version_or_alias: str | int, texts: list[str]) -> pd.DataFrame:
    """A registered model's answers, one row a text: `label`, `confidence`, and every label's probability.

    Raises:
        TrackingError: there is no such version, or it does not load.
        InputError: a text is blank.
    """
    model = load_version(home, version_or_alias)
    try:
        return cast(pd.DataFrame, model.predict(texts))
    except MlflowException as error:
        if isinstance(error.__cause__, StoryFlowerError):
            raise error.__cause__ from None
        raise


def count_answers(home: Home, version_or_alias: str | int, labels: Sequence[str] | None = None) -> int:
    """Load a version and count the `EXAMPLE` sentences for which it returns probabilities over its labels.

    Args:
        home: the home with the version.
        version_or_alias: a version's number, or an alias such as `@champion`.
        labels: the labels that the version must have; its own if None.

    Raises:
        TrackingError: it does not load.
    """
    answers = ask(home, version_or_alias, EXAMPLE)
    known = list(labels or label_columns(answers))
    sums = answers.reindex(columns=known).sum(axis=1, skipna=False)
    return int((sums.between(0.999, 1.001) & answers["label"].isin(known)).sum())


def prove_it_answers(home: Home, version_or_alias: str) -> None:
    """Load a registered version and check that it returns predictions.

    Raises:
        TrackingError: it does not load, or returns no probabilities for a sentence.
    """
    if count_answers(home, version_or_alias) < len(EXAMPLE):
        raise problem(TrackingError, "no_probabilities", ModelReference.parse(version_or_alias, home.model).uri)


def _ensure_registered_model(home: Home) -> None:
    try:
        client(home).create_registered_model(
            home.model,
            description=say("registry.model_description"),
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
