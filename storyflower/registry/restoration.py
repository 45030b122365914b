"""Restores the files of a registered version from the stage store, which keeps the model of every version."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import mlflow

from storyflower.atomic import draft_beside, replace_folder, write_atomically
from storyflower.model.directory import read_format
from storyflower.model.integrity import CARD_FILE
from storyflower.pipeline.manifests import ModelRef
from storyflower.pipeline.model_facts import FINETUNE_STAGE
from storyflower.registry.local_store import MODEL_PATH
from storyflower.registry.packaging import packed
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore


def kept_model(home: Home, model_digest: str) -> ModelRef | None:
    """Return the intact model with this digest in the stage store; None if there is none."""
    return StageStore(home).find(ModelRef, FINETUNE_STAGE, lambda ref: ref.digest == model_digest)


def restore(home: Home, folder: Path, kept: ModelRef, *, whole: bool) -> None:
    """Write the files of a version again.

    Args:
        home: the home that contains the version.
        folder: the version's folder.
        kept: the model of the version in the stage store.
        whole: whether the whole folder is written, as it was logged, or only the model directory in it.
    """
    with home.lock("restoration"):
        if whole:
            _pack_again(kept.path("model"), folder)
        else:
            _copy(kept.path("model"), folder / MODEL_PATH, kept.model_files)


def _copy(source: Path, target: Path, names: Iterable[str]) -> None:
    """Copy each file; a process that reads one at the same time gets the former content or the new one."""
    for name in names:
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(file) as draft:
            shutil.copyfile(source / name, draft)
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file)  # a file cannot replace a directory


def _pack_again(model_directory: Path, folder: Path) -> None:
    """Replace a version's folder by one as it was logged, with the model card that the former folder still has."""
    card = folder / MODEL_PATH / CARD_FILE
    written = card.read_text("utf-8") if card.is_file() else ""
    labels = read_format(model_directory).labels
    with draft_beside(folder) as draft:
        with packed(model_directory, labels, written) as package:
            mlflow.pyfunc.save_model(path=str(draft), **package)
        replace_folder(draft, folder)
