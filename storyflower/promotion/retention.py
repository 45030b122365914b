"""Determines which versions a registry keeps and which entries they need, and removes refused versions."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from pydantic import ValidationError

from storyflower.model.integrity import model_digest_of
from storyflower.pipeline.manifests import NORMALIZE_STAGE, CorpusRef, model_files
from storyflower.pipeline.model_facts import FINETUNE_STAGE
from storyflower.promotion.alias import one_judgement_at_a_time
from storyflower.promotion.history import ever_champion, moves
from storyflower.registry.local_store import corpora_of
from storyflower.registry.versions import one_registration_at_a_time
from storyflower.storage.entries import AnyFacts, StageRef, read_entry
from storyflower.storage.home import Home
from storyflower.tracking.store import client, drop_unregistered_copies, experiment_id, registered_model

_MAY_GO = "refused"
"""Tag of a logged model whose refused version is about to be removed."""


@dataclass(frozen=True)
class Needed:
    """Digests of the models and corpora behind the versions that are kept."""

    models: frozenset[str]
    corpora: frozenset[str]


@dataclass(frozen=True)
class RefusedVersion:
    """A version that may be removed."""

    number: str
    model_id: str
    size: int
    """Bytes of its files."""
    registered_ms: int
    """Milliseconds since 1970."""


def needed_by_versions(home: Home, besides: frozenset[str] = frozenset()) -> Needed:
    """Return the digests of the versions of every registered model, without the versions `besides` of this model."""
    every_model = client(home).search_model_versions("tag.`model_digest` != ''")
    tags = [v.tags for v in every_model if v.name != home.model or str(v.version) not in besides]
    return Needed(
        models=frozenset(tag["model_digest"] for tag in tags if "model_digest" in tag),
        corpora=frozenset().union(*map(corpora_of, tags)),
    )


def refused_versions(home: Home, keep: int) -> list[RefusedVersion]:
    """Return the refused versions without the newest `keep` of them, oldest first.

    Versions with an alias, former champions and versions without a decision are never included. The list is empty while
    a training run is active, which may register or compare a version.

    Raises:
        TrackingError: the MLflow store cannot be reached.
    """
    if runs_under_way(home):
        return []
    model = registered_model(home)
    if model is None:
        return []
    never = {str(version) for version in model.aliases.values()} | ever_champion(moves(home))
    versions = client(home).search_model_versions(f"name = '{home.model}'")
    refused = [v for v in versions if v.tags.get("promoted") == "false" and str(v.version) not in never]
    oldest_first = sorted(refused, key=lambda version: int(version.version))
    return [_described(home, version) for version in oldest_first[: max(len(oldest_first) - keep, 0)]]


def drop_refused_versions(home: Home, keep: int) -> list[RefusedVersion]:
    """Remove the versions that `refused_versions` returns, with their files; the pages of their runs stay.

    The locks of registration and promotion are held. A version is deleted before its files, so that no version is
    without files; the files are tagged first, so that the next pruning finds those that a killed one has left.
    """
    with one_registration_at_a_time(home) as registration, one_judgement_at_a_time(home) as judgement:
        refused = refused_versions(home, keep)
        registration.confirm()
        judgement.confirm()
        for version in refused:
            client(home).set_logged_model_tags(version.model_id, {_MAY_GO: "true"})
            client(home).delete_model_version(home.model, version.number)
        drop_unregistered_copies(home, f"tags.{_MAY_GO} = 'true'")
        return refused


def runs_under_way(home: Home) -> list[str]:
    """Return name and id of each RUNNING run of the experiment; any may be a training, also on another machine."""
    runs = client(home).search_runs([experiment_id(home)], "attributes.status = 'RUNNING'")
    return [f"{run.info.run_name} {run.info.run_id}" for run in runs]


def _described(home: Home, version: ModelVersion) -> RefusedVersion:
    """Return the version with the size of its files."""
    model_id = str(version.source).removeprefix("models:/")  # stores keep the logged model's id in the source alone
    files = get_artifact_repository(client(home).get_logged_model(model_id).artifact_location)
    return RefusedVersion(str(version.version), model_id, _size(files), int(version.creation_timestamp or 0))


def _size(files: ArtifactRepository, folder: str | None = None) -> int:
    """Return the bytes of the files below a folder of an artifact repository."""
    found = files.list_artifacts(folder)
    return sum(_size(files, file.path) if file.is_dir else int(file.file_size or 0) for file in found)


def is_needed(ref: StageRef[AnyFacts], needed: Needed) -> bool:
    """Return whether a registered version needs the entry: its model, or its corpus, whose workbooks may be gone.

    A corpus that cannot be read is kept, because the versions that were made from it are not known.
    """
    corpus = read_entry(CorpusRef, ref.directory) if ref.stage == NORMALIZE_STAGE else None
    return _is_part(ref.stage, ref.files, corpus, needed)


def is_needed_by(manifest: Mapping[str, Any], needed: Needed) -> bool:
    """Return the same about an entry of the shared store, by its manifest."""
    corpus = None
    if manifest["stage"] == NORMALIZE_STAGE:
        with suppress(ValidationError):
            corpus = CorpusRef.model_validate({**manifest, "directory": Path()})
    return _is_part(manifest["stage"], manifest["files"], corpus, needed)


def _is_part(stage: str, files: Mapping[str, str], corpus: CorpusRef | None, needed: Needed) -> bool:
    if stage == FINETUNE_STAGE:
        return model_digest_of(model_files(files)) in needed.models
    return stage == NORMALIZE_STAGE and (corpus is None or not needed.corpora.isdisjoint(corpus.digests))
