"""Reads one registered version from the SQLite file of a home, without importing MLflow, which takes two seconds.

What does not look as expected is left to MLflow: these functions then return None.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storyflower.model.integrity import differences, model_digest_of, recorded_digests
from storyflower.registry.references import ModelReference
from storyflower.storage.home import Home
from storyflower.tracking.store_home import is_within, path_of

DIGEST_TAG = "model_digest"
"""The tag of a version with the digest of its model's files."""
CORPUS_TAG, LEARNED_TAG = "corpus_digest", "learned_digest"
"""The tags of a version with the digest of its corpus, and with that of the part it was trained on; early versions have
the first alone."""
LABELS_TAG = "label_columns"
"""The tag of a version with the label columns of its training workbooks, as a JSON list."""
MODEL_FOLDER = "model"
"""Name of the model directory among a version's artifacts."""
MODEL_PATH = f"artifacts/{MODEL_FOLDER}"
"""The model directory in the folder of a version."""
_VERSION = """
SELECT version, creation_time, storage_location FROM model_versions
WHERE workspace = 'default' AND name = ? AND version = ? AND current_stage != 'Deleted_Internal'
"""
_BY_ALIAS = "SELECT version FROM registered_model_aliases WHERE workspace = 'default' AND name = ? AND alias = ?"
_TAG = "SELECT value FROM model_version_tags WHERE workspace = 'default' AND name = ? AND version = ? AND key = ?"


@dataclass(frozen=True)
class VersionRecord:
    """A registered version, and where its model lies on this machine."""

    version: str
    digest: str
    """The digest of its model's files."""
    created: datetime
    directory: Path
    """The model directory."""
    label_columns: tuple[str, ...] = ()
    """Of the training workbooks: of the label, and of a fine one its two parts; empty where none are recorded."""


def read_version(home: Home, reference: ModelReference) -> VersionRecord | None:
    """Read the version that a reference names, if its files lie in the home and are those that were registered."""
    if not (home.uses_local_store and home.mlflow_database.is_file()):
        return None
    try:
        uri = f"{home.mlflow_database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as database:
            record = _record(database, reference)
    except sqlite3.Error:  # a database of another MLflow, or one that is being written
        return None
    if record is None or not is_within(home.folder, record.directory):
        return None
    recorded = recorded_digests(record.directory)
    if recorded is None or model_digest_of(recorded) != record.digest or differences(record.directory, recorded):
        return None
    return record


def _record(database: sqlite3.Connection, reference: ModelReference) -> VersionRecord | None:
    number = reference.version
    if reference.alias is not None:
        row = database.execute(_BY_ALIAS, (reference.name, reference.alias)).fetchone()
        if row is None:
            return None
        number = row[0]
    row = database.execute(_VERSION, (reference.name, number)).fetchone()
    digest, labels = (
        database.execute(_TAG, (reference.name, number, tag)).fetchone() for tag in (DIGEST_TAG, LABELS_TAG)
    )
    if row is None or digest is None or not str(row[2]).startswith("file:"):
        return None
    version, created, location = row
    directory = path_of(location) / MODEL_PATH
    when = datetime.fromtimestamp(created / 1000, UTC)
    return VersionRecord(str(version), str(digest[0]), when, directory, columns_of(labels and labels[0]))


def corpora_of(tags: Mapping[str, str]) -> frozenset[str]:
    """The digests by which a version with these tags knows the corpus that it learned from; none in other programs'."""
    return frozenset(tags[name] for name in (CORPUS_TAG, LEARNED_TAG) if name in tags)


def columns_of(tag: str | None) -> tuple[str, ...]:
    """The columns that `LABELS_TAG` names; none where a version has none, or another program's."""
    try:
        return tuple(map(str, json.loads(tag or "[]")))
    except (ValueError, TypeError):
        return ()
