"""The files of a registered version: finds them, compares them with what was registered, and has them restored.

The tag `model_digest` of a version is the digest of the model's files. It does not cover the other files in the folder
(`MLmodel`, `registered_model_meta`, the card), because MLflow writes there itself. Missing or altered files are
restored from the stage store.
"""

import logging
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import Model

from storyflower.errors import VersionFilesError
from storyflower.messages import problem, say
from storyflower.model.config import CONFIG_FILE
from storyflower.model.integrity import (
    WEIGHTS_FILE,
    Differences,
    differences,
    in_words,
    model_digest_of,
    model_files_in,
    recorded_digests,
)
from storyflower.registry.local_store import DIGEST_TAG, MODEL_PATH
from storyflower.registry.restoration import kept_model, restore
from storyflower.storage.home import Home
from storyflower.tracking.store import client
from storyflower.tracking.store_home import is_within, path_of

log = logging.getLogger(__name__)

_BESIDE = ("MLmodel", "code", "pyfunc_model.py")
"""The entries that MLflow needs in a version's folder besides the model."""
_REQUIRED = (CONFIG_FILE, WEIGHTS_FILE)
"""Files without which no model can predict."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class VersionFiles:
    """The folder of a version, and its differences from what was registered."""

    folder: Path
    found: Differences
    """Names relative to the folder."""


def intact_folder(home: Home, version: ModelVersion) -> Path:
    """Return the local folder of a version with its files as they were registered.

    A version in another store is downloaded. Files found intact are read again after a change. Missing or altered files
    are restored from the stage store, with a line in the log.

    Raises:
        VersionFilesError: files are missing or altered and cannot be restored: the home no longer has them or must not
            be written, or the version is in another store.
        MlflowException: the store does not answer.
    """
    files = files_of(home, version)
    if not files.found:
        return files.folder
    is_local = home.uses_local_store and _address(home, version).startswith("file:")
    if not (is_local and _restored(home, version, files)):
        raise _broken(version, files)
    restored = files_of(home, version)
    if restored.found:
        raise _broken(version, restored)
    log.warning(say("log.files_put_back", version=version.version, files=in_words(files.found)))
    return restored.folder


def why_broken(home: Home, version: ModelVersion) -> VersionFilesError | None:
    """Return the error of `intact_folder` for a version whose files are lost; None if they are intact or were restored.

    None also for a version without the digest of its model, which was registered by other means.
    """
    if DIGEST_TAG not in version.tags:
        return None
    try:
        intact_folder(home, version)
    except VersionFilesError as error:
        return error
    return None


def files_of(home: Home, version: ModelVersion) -> VersionFiles:
    """Compare the files of a version with what was registered.

    Raises:
        MlflowException: the store does not answer.
    """
    folder = _folder(home, version)
    beside = tuple(name for name in _BESIDE if not _is_usable(folder / name))
    found = _of_model(home, folder / MODEL_PATH, version.tags.get(DIGEST_TAG, ""))
    missing, altered = ([f"{MODEL_PATH}/{name}" for name in names] for names in (found.missing, found.altered))
    return VersionFiles(folder, Differences((*beside, *missing), tuple(altered)))


def shown_place(home: Home, version: ModelVersion) -> str:
    """Return the place of a version's files for messages: a path on this machine, else an address."""
    address = _address(home, version)
    return str(path_of(address)) if address.startswith("file:") else address


def _is_usable(file: Path) -> bool:
    """Return whether a file that MLflow writes exists and is not empty; `MLmodel` must also be readable."""
    if file.name != "MLmodel":
        return file.exists() and file.stat().st_size > 0
    try:
        return bool(Model.load(str(file)).flavors)
    except PermissionError:
        raise
    except Exception:  # a truncated file is no YAML, or lacks required fields
        return False


def _of_model(home: Home, directory: Path, model_digest: str) -> Differences:
    """Return the differences of a version's model directory from the model with this digest.

    If the tag is no SHA-256, because the version was registered by other means, only missing files are reported.
    """
    if not _SHA256.fullmatch(model_digest):
        return Differences(missing=_certainly_missing(directory))
    expected = recorded_digests(directory)
    if expected is not None and model_digest_of(expected) == model_digest:
        return differences(directory, expected)
    present = model_files_in(directory)
    if model_digest_of(present) == model_digest:
        return Differences()
    kept = kept_model(home, model_digest)
    if kept is not None:
        return differences(directory, kept.model_files)
    # The registered files are no longer known: required ones are missing, or else all files count as altered.
    missing = _certainly_missing(directory)
    return Differences(missing=missing) if missing else Differences(altered=tuple(present))


def _certainly_missing(directory: Path) -> tuple[str, ...]:
    return tuple(name for name in _REQUIRED if not (directory / name).is_file())


def _restored(home: Home, version: ModelVersion, files: VersionFiles) -> bool:
    """Restore the files from the stage store if possible; return whether they were written."""
    kept = kept_model(home, version.tags.get(DIGEST_TAG, ""))
    places = (files.folder, files.folder / MODEL_PATH)  # each may be a link
    if kept is None or not (all(is_within(home.folder, place) for place in places) and os.access(home.folder, os.W_OK)):
        return False
    restore(home, files.folder, kept, whole=not {*files.found.missing}.isdisjoint(_BESIDE))
    return True


def _folder(home: Home, version: ModelVersion) -> Path:
    address = _address(home, version)
    return path_of(address) if address.startswith("file:") else _downloaded(address)[1]


@cache
def _downloaded(address: str) -> tuple[TemporaryDirectory[str], Path]:
    """Download a version's folder, once in a process; the temporary folder is removed when the process ends."""
    copy = TemporaryDirectory(prefix="storyflower-version-")
    return copy, Path(download_artifacts(artifact_uri=address, dst_path=copy.name))


def _address(home: Home, version: ModelVersion) -> str:
    """Return the URI of the folder of a version's files."""
    return str(client(home).get_model_version_download_uri(version.name, version.version))


def _broken(version: ModelVersion, files: VersionFiles) -> VersionFilesError:
    name, number, place = version.name, version.version, str(files.folder)
    words = in_words(files.found)
    return problem(VersionFilesError, "version_files_broken", place, version=number, files=words, name=name)
