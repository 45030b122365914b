"""The files of a registered version: where they lie, whether they are what was registered, and how they are put back.

The tag `model_digest` of a version is the digest of the model's files. What else MLflow keeps in the folder (`MLmodel`,
`registered_model_meta`, the card) is not covered by it: MLflow writes there itself. Where files are missing or altered,
they are taken from the stage store, which keeps the model of every registered version.
"""

import logging
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import Model

from storyflower.atomic import draft_beside, write_atomically
from storyflower.errors import VersionFilesError
from storyflower.messages import problem, say
from storyflower.model.config import CONFIG_FILE
from storyflower.model.directory import read_format
from storyflower.model.integrity import (
    DIGESTS_FILE,
    Differences,
    differences,
    file_digests,
    in_words,
    model_digest_of,
    recorded_digests,
)
from storyflower.model.weights import WEIGHTS_FILE
from storyflower.pipeline.manifests import ModelRef
from storyflower.registry.packaging import CARD_FILE, MODEL_FOLDER, packed
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.tracking.store import client
from storyflower.tracking.store_home import is_within, path_of

log = logging.getLogger(__name__)

_BESIDE = ("MLmodel", "code", "pyfunc_model.py")
"""What MLflow needs in a version's folder beside the model."""
_LEAST = (CONFIG_FILE, WEIGHTS_FILE)
"""Files without which no model can answer."""
_MODEL = f"artifacts/{MODEL_FOLDER}"
_DIGEST_TAG = "model_digest"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class VersionFiles:
    """What was found where a version's files should lie."""

    folder: Path
    found: Differences
    """Names relative to the folder."""


def intact_folder(home: Home, version: ModelVersion) -> Path:
    """The folder of a version on this machine (downloaded, from another store), its files as they were registered.

    They are read once in a process. What is missing or altered is put back from the stage store, with a line in the
    log.

    Raises:
        VersionFilesError: files are missing or altered, and cannot be put back: the home does not have them any more,
            must not be written, or they lie in another store.
        MlflowException: the store does not answer.
    """
    files = files_of(home, version)
    if not files.found:
        return files.folder
    if not (_is_local(home, version) and _put_back(home, version, files)):
        raise _broken(version, files)
    mended = files_of(home, version)
    if mended.found:
        raise _broken(version, mended)
    log.warning(say("log.files_put_back", version=version.version, files=in_words(files.found)))
    return mended.folder


def why_broken(home: Home, version: ModelVersion) -> VersionFilesError | None:
    """What `intact_folder` raises of a version whose files are lost; None where they are whole or were put back.

    Of a version that something else registered, without the digest of its model, nothing is known.
    """
    if _DIGEST_TAG not in version.tags:
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
    found = _of_model(home, folder / _MODEL, version.tags.get(_DIGEST_TAG, ""))
    missing, altered = ([f"{_MODEL}/{name}" for name in names] for names in (found.missing, found.altered))
    return VersionFiles(folder, Differences((*beside, *missing), tuple(altered)))


def shown_place(home: Home, version: ModelVersion) -> str:
    """Where the files of a version lie, as people may see it: a path on this machine, else an address."""
    address = _address(home, version)
    return str(path_of(address)) if address.startswith("file:") else address


def _is_usable(file: Path) -> bool:
    """Whether a file that MLflow writes is there, is not empty, and can be read where it is `MLmodel`."""
    if file.name != "MLmodel":
        return file.exists() and file.stat().st_size > 0
    try:
        return bool(Model.load(str(file)).flavors)
    except PermissionError:
        raise
    except Exception:  # cut short, it is no YAML, or lacks what MLflow reads
        return False


def _of_model(home: Home, directory: Path, model_digest: str) -> Differences:
    """In what a version's model directory differs from what has this digest.

    Of a digest that is none (a version that was registered by other means) only the presence of files is asked.
    """
    if not _SHA256.fullmatch(model_digest):
        return Differences(missing=_certainly_missing(directory))
    expected = recorded_digests(directory)
    if expected is not None and model_digest_of(expected) == model_digest:
        return differences(directory, expected)
    there = {name: sha256 for name, sha256 in file_digests(directory).items() if name not in (CARD_FILE, DIGESTS_FILE)}
    if model_digest_of(there) == model_digest:
        return Differences()
    kept = _kept(home, model_digest)
    return differences(directory, kept.model_files) if kept else _of_unknown(directory, there)


def _certainly_missing(directory: Path) -> tuple[str, ...]:
    return tuple(name for name in _LEAST if not (directory / name).is_file())


def _of_unknown(directory: Path, there: Iterable[str]) -> Differences:
    """Where it is not known any more what the files should be: those that are missing for certain, else any of them."""
    missing = _certainly_missing(directory)
    return Differences(missing=missing) if missing else Differences(altered=tuple(there))


def _kept(home: Home, model_digest: str) -> ModelRef | None:
    """The model of this digest in the stage store, intact."""
    return StageStore(home).find(ModelRef, "finetune", lambda ref: ref.digest == model_digest)


def _put_back(home: Home, version: ModelVersion, files: VersionFiles) -> bool:
    """Whether the files could be written again from the stage store."""
    kept = _kept(home, version.tags.get(_DIGEST_TAG, ""))
    inside = all(is_within(home.folder, place) for place in (files.folder, files.folder / _MODEL))  # each may be a link
    if kept is None or not (inside and os.access(home.folder, os.W_OK)):
        return False
    with home.lock("restoration"):
        if {*files.found.missing} & {*_BESIDE}:
            _pack_again(kept.path("model"), files.folder)
        else:
            _copy(kept.path("model"), files.folder / _MODEL, kept.model_files)
    return True


def _copy(source: Path, target: Path, names: Iterable[str]) -> None:
    """Copy each file; a process that reads one meanwhile has the former content or the new one."""
    for name in names:
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(file) as draft:
            shutil.copyfile(source / name, draft)
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file)  # no file takes the place of a directory


def _pack_again(model_directory: Path, folder: Path) -> None:
    """A version's folder as it was logged, in the place of what is left of it; its card stays."""
    card = folder / _MODEL / CARD_FILE
    written = card.read_text("utf-8") if card.is_file() else ""
    labels = read_format(model_directory).labels
    with draft_beside(folder) as draft, draft_beside(folder) as former:
        with packed(model_directory, labels, written) as package:
            mlflow.pyfunc.save_model(path=str(draft), **package)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            folder.rename(former)
        draft.rename(folder)


def _folder(home: Home, version: ModelVersion) -> Path:
    address = _address(home, version)
    return path_of(address) if address.startswith("file:") else _downloaded(address)[1]


@cache
def _downloaded(address: str) -> tuple[TemporaryDirectory[str], Path]:
    """A version's folder from another store, fetched once in a process, within one that is removed when it ends."""
    copy = TemporaryDirectory(prefix="storyflower-version-")
    return copy, Path(download_artifacts(artifact_uri=address, dst_path=copy.name))


def _is_local(home: Home, version: ModelVersion) -> bool:
    return home.uses_local_store and _address(home, version).startswith("file:")


def _address(home: Home, version: ModelVersion) -> str:
    """The URI of the folder in which a version's files should lie."""
    return str(client(home).get_model_version_download_uri(version.name, version.version))


def _broken(version: ModelVersion, files: VersionFiles) -> VersionFilesError:
    name, number, place = version.name, version.version, str(files.folder)
    words = in_words(files.found)
    return problem(VersionFilesError, "version_files_broken", place, version=number, files=words, name=name)
