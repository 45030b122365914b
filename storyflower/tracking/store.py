"""Access to the MLflow store of a home: its client, experiment, runs and models."""

import logging
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

import mlflow
from mlflow.entities import LifecycleStage, Run
from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from storyflower.errors import StorageError, TrackingError
from storyflower.messages import problem, say
from storyflower.storage.home import Home
from storyflower.tracking.address import require_address
from storyflower.tracking.database_tables import make_tables
from storyflower.tracking.problems import not_answering, unreachable
from storyflower.tracking.store_database import make_ready
from storyflower.tracking.store_home import EXPERIMENT, former_home, is_in_home, path_of, rewrite_addresses
from storyflower.tracking.store_thread import StoreClient

log = logging.getLogger(__name__)

_SHOWN_AS_TRAINING = {"mlflow.experimentKind": "custom_model_development"}
"""With this tag MLflow's pages open with training runs and metrics, not with those of chat applications."""
_TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
_PACKAGES = {"s3:": "boto3", "gs:": "google.cloud.storage"}
"""By the scheme of an address of artifacts, what MLflow imports to use it."""
_ready: set[str] = set()
"""URIs of the local stores and databases that this process has prepared."""

T = TypeVar("T")


def client(home: Home) -> StoreClient:
    """Return a client of the home's store.

    The first call prepares a local store or a PostgreSQL database, and sets MLflow's module-wide URIs, by which MLflow
    looks up model URIs and artifacts. Further calls change no global state until another home has been used.

    Raises:
        StorageError: the home was moved or copied, and its store must not be written.
        TrackingError: the address is none of a store that can be used, or the database cannot be used.
    """
    require_address(home)
    uri = home.mlflow_uri
    if mlflow.get_tracking_uri() != uri:
        _point_mlflow_at(uri, home.mlflow_login)
    if (home.uses_local_store or home.uses_postgres) and uri not in _ready:
        prepare = _make_ready if home.uses_local_store else make_tables
        prepare(home)
        _ready.add(uri)
    return StoreClient(home)


def _point_mlflow_at(uri: str, login: tuple[str, str] | None) -> None:
    if login is not None:
        os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"] = login
    configured = os.environ.get(_TRACKING_VARIABLE)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    if configured is None:  # MLflow sets it, and our settings would take it for the user's configuration
        os.environ.pop(_TRACKING_VARIABLE, None)


def _make_ready(home: Home) -> None:
    """Create the tables of the local store, and rewrite its addresses if the home was moved; skip a read-only home.

    One process at a time does this, so that the second finds the database that the first has created.
    """
    if home.mlflow_database.exists() and not os.access(home.folder, os.W_OK):
        former = former_home(home)
        if former is not None:
            raise problem(StorageError, "moved_and_read_only", str(home.folder), former=former)
        return
    with home.lock("mlflow"):
        make_ready(home)
        former = rewrite_addresses(home)
    if former is not None:
        log.warning(say("home_has_moved", former=former, home=home.folder))


def experiment_id(home: Home) -> str:
    """Return the id of the experiment, which is created on first use.

    Raises:
        TrackingError: the store cannot be reached, or refuses access, or the experiment was deleted.
    """
    try:
        known = client(home).get_experiment_by_name(EXPERIMENT)
        if known is not None:
            if known.lifecycle_stage != LifecycleStage.ACTIVE:
                place = home.mlflow_place
                raise problem(TrackingError, "experiment_deleted", place, id=known.experiment_id, uri=place)
            return str(known.experiment_id)
        files = home.artifacts_address
        if home.uses_postgres and files is not None and files.startswith("file:"):
            path_of(files).mkdir(parents=True, exist_ok=True)  # by this others see whether they have the folder
        return str(client(home).create_experiment(EXPERIMENT, artifact_location=files, tags=_SHOWN_AS_TRAINING))
    except MlflowException as error:
        if error.error_code == "RESOURCE_ALREADY_EXISTS":  # another run created it in the same moment
            return experiment_id(home)
        raise unreachable(error, home) or not_answering(error.message, home) from error


def writable_experiment_id(home: Home) -> str:
    """Return the id of the experiment, to open a run in it.

    Raises:
        TrackingError: see `experiment_id`; or this machine cannot write where the files of its runs are kept.
    """
    number = experiment_id(home)
    if home.uses_postgres:
        place = str(client(home).get_experiment(number).artifact_location)
        if place.startswith("file:") and not is_in_home(place, home) and not path_of(place).is_dir():
            raise problem(TrackingError, "artifacts_elsewhere", place)
        package = next((name for scheme, name in _PACKAGES.items() if place.startswith(scheme)), None)
        if package is not None and not _is_installed(package):
            raise problem(TrackingError, "artifacts_need_package", place, package=package.replace(".", "-"))
    return number


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package around it
        return False


def find_run(home: Home, run_id: str) -> Run | None:
    """Return a run by its id; None if `mlflow gc` has removed it."""
    return _unless_absent(lambda: client(home).get_run(run_id))


def registered_model(home: Home) -> RegisteredModel | None:
    """Return the registered model of the home; None before its first version."""
    return _unless_absent(lambda: client(home).get_registered_model(home.model))


def _unless_absent(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def drop_unregistered_copies(home: Home, which: str) -> None:
    """Delete the logged models that match an MLflow filter and belong to no registered version.

    Files of the local store that are outside the home are not deleted, even if the store refers to them.
    """
    for model in client(home).search_logged_models([experiment_id(home)], which):
        made_by_its_run = client(home).search_model_versions(f"run_id = '{model.source_run_id}'")  # of whatever name
        if model.model_uri not in {version.source for version in made_by_its_run}:
            if not home.uses_local_store or is_in_home(model.artifact_location, home):
                get_artifact_repository(model.artifact_location).delete_artifacts()  # type: ignore[no-untyped-call]
            else:
                log.warning(say("log.files_not_removed_outside", address=model.artifact_location))
            client(home).delete_logged_model(model.model_id)
