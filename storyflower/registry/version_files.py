"""The files of a registered version: where the store says they lie, and which of them are not there."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from storyflower.model.weights import CONFIG_FILE, WEIGHTS_FILE
from storyflower.registry.tracking import client

_NEEDED = ("MLmodel", CONFIG_FILE, WEIGHTS_FILE)
"""Names of files without which no version can answer."""


@dataclass(frozen=True)
class VersionFiles:
    """What was found at the address of a version's files."""

    place: str
    """A path where they lie on this machine, else a URI."""
    missing: tuple[str, ...]
    """Names of files that the version needs and that are not there."""


def address_of(version: ModelVersion) -> str:
    """The URI of the folder in which a version's files should lie."""
    return str(client().get_model_version_download_uri(version.name, version.version))


def files_of(version: ModelVersion) -> VersionFiles:
    """Look for the files of a version; their content is not read.

    Raises:
        MlflowException: the store does not answer.
    """
    address = address_of(version)
    names = {path.rpartition("/")[2] for path in _paths(get_artifact_repository(address))}
    missing = tuple(name for name in _NEEDED if name not in names)
    return VersionFiles(unquote(address.removeprefix("file://")), missing)


def _paths(files: ArtifactRepository, folder: str | None = None) -> Iterator[str]:
    for file in files.list_artifacts(folder):
        if file.is_dir:
            yield from _paths(files, file.path)
        else:
            yield file.path
