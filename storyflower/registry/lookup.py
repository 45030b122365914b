"""Looks up registered versions through MLflow, with errors that a user can act on."""

from pathlib import Path

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from storyflower.disk_errors import storage_problem
from storyflower.errors import StoryFlowerError, TrackingError, VersionFilesError, first_line
from storyflower.messages import problem
from storyflower.quoting import listed
from storyflower.registry.references import ModelReference, look_up
from storyflower.registry.version_files import intact_folder, shown_place
from storyflower.storage.home import Home
from storyflower.tracking.problems import is_about_something_absent, unreachable
from storyflower.tracking.store import client


def named_version(home: Home, reference: ModelReference) -> ModelVersion:
    """The version that a reference names.

    Raises:
        TrackingError: there is none, or the store does not answer.
    """
    try:
        return look_up(home, reference)
    except MlflowException as error:
        if is_about_something_absent(error):
            raise _absent(home, reference) from error
        raise unreachable(error, home) or error from error


def intact_version(home: Home, reference: ModelReference) -> tuple[ModelVersion, Path]:
    """The version that a reference names, and its folder on this machine with the files that were registered.

    Raises:
        VersionFilesError: files are missing or altered, and cannot be put back.
        TrackingError: there is no such version, or the store does not answer.
        StorageError: the files must not be read.
    """
    version = named_version(home, reference)
    try:
        return version, intact_folder(home, version)
    except VersionFilesError:
        raise
    except (MlflowException, OSError, StoryFlowerError) as error:
        place = shown_place(home, version)
        raise unreachable(error, home) or load_problem(home, version.version, place, error) from error


def load_problem(home: Home, version: str, place: str, error: Exception) -> StoryFlowerError:
    """The error for a version whose files must not be read, or are damaged in what their digests do not cover.

    Args:
        home: of the version.
        version: its number.
        place: where its files lie.
        error: that loading it raised.
    """
    reason = error.problem if isinstance(error, StoryFlowerError) else first_line(error)
    unloadable = problem(VersionFilesError, "version_does_not_load", place, version=version, reason=reason)
    return storage_problem(error, home.folder) or unloadable


def _absent(home: Home, reference: ModelReference) -> TrackingError:
    """The error for a reference without a version: which part of it there is not, and what there is instead."""
    models = client(home).search_registered_models()
    model = next((model for model in models if model.name == reference.name and model.latest_versions), None)
    if model is None:
        others = [other.name for other in models if "champion" in other.aliases]
        if not others:
            return problem(TrackingError, "no_model_yet", reference.uri)
        return problem(TrackingError, "no_such_model", reference.uri, name=reference.name, other=others[0])
    if reference.alias is None:
        return problem(TrackingError, "version_unknown", reference.uri, version=reference.version, name=reference.name)
    if reference.alias == "champion":
        return problem(TrackingError, "no_champion_yet", reference.uri, name=reference.name)
    aliases = listed([f"@{alias}" for alias in sorted(model.aliases)]) or "–"
    return problem(TrackingError, "no_such_alias", reference.uri, name=reference.name, aliases=aliases)
