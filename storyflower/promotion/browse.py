"""Reads the registry: versions, their figures, and the differences between two of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from mlflow.artifacts import download_artifacts
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from storyflower.errors import TrackingError
from storyflower.evaluation.compare import Comparison, compare_predictions
from storyflower.evaluation.predictions import PREDICTIONS_FILE, labels_of
from storyflower.messages import problem
from storyflower.promotion.decisions import MEASURED_RUN, reason_of
from storyflower.registry.lookup import named_version
from storyflower.registry.references import ModelReference
from storyflower.storage.home import Home
from storyflower.tracking.runs import EVALUATION_FOLDER
from storyflower.tracking.store import client, find_run

FIGURES = ("macro_f1", "accuracy", "baseline_macro_f1", "latency_ms", "size_mb")
"""The version tags that hold numbers."""


@dataclass(frozen=True)
class VersionFacts:
    """A version with its aliases, figures and tags."""

    version: str
    aliases: tuple[str, ...]
    created: str
    """UTC, ISO 8601."""
    promoted: bool
    """Whether the last decision was to promote it."""
    reason: str
    figures: dict[str, float]
    """Those of `FIGURES` that are known."""
    run_id: str
    source: str
    tags: dict[str, str]


@dataclass(frozen=True)
class VersionComparison:
    """Two versions side by side; differences are one − other."""

    one: VersionFacts
    other: VersionFacts
    comparison: Comparison | None
    """On the validation sentences of both; None where these differ."""
    recipe: dict[str, tuple[str | None, str | None]]
    """The fields of the recipe in which they differ."""
    made_of: dict[str, tuple[str | None, str | None]]
    """The digests of data, encoder and code in which they differ."""


MEASURED_ON = "validation_digest"
"""The tag of runs and versions with the digest of the validation sentences that they were measured on."""
_INGREDIENTS = ("training_digest", MEASURED_ON, "encoder", "encoder_digest", "git_commit")


def all_versions(home: Home) -> list[VersionFacts]:
    """Return every version, newest first; empty if nothing has been registered."""
    found = client(home).search_model_versions(f"name = '{home.model}'")
    aliases = _aliases(home, home.model) if found else {}
    return [_facts(version, aliases) for version in sorted(found, key=lambda v: -int(v.version))]


def other_models(home: Home) -> list[str]:
    """Return the names of the other registered models of this store."""
    return [model.name for model in client(home).search_registered_models() if model.name != home.model]


def find_named(home: Home, name: str) -> ModelVersion:
    """Return a version by number (`3`) or alias (`@champion`), of another model with its name (`NAME@champion`).

    Raises:
        TrackingError: there is no such version.
    """
    return named_version(home, ModelReference.parse(name, home.model))


def facts_of(home: Home, version: ModelVersion) -> VersionFacts:
    """Return the version with its aliases, figures and tags."""
    return _facts(version, _aliases(home, version.name))


def compare_versions(home: Home, one: ModelVersion, other: ModelVersion) -> VersionComparison:
    """Compare two versions: their recipes, data, encoder and code, and their predictions on the same sentences.

    Figures and predictions are of the latest measurements, or of those on the same sentences where these differ.

    Raises:
        TrackingError: the run of one of them is gone.
    """
    runs = [_run_of(home, version) for version in (one, other)]
    measured = [_measured_run(home, version, run) for version, run in zip((one, other), runs, strict=True)]
    pairs = product(*zip(measured, runs, strict=True))
    same = next((pair for pair in pairs if _measured_on_the_same(*pair)), None)
    chosen = same or tuple(measured)
    facts, other_facts = (
        facts_of(home, version) if run is latest else _as_measured(facts_of(home, version), run)
        for version, run, latest in zip((one, other), chosen, measured, strict=True)
    )
    return VersionComparison(
        one=facts,
        other=other_facts,
        comparison=_compared(*same) if same else None,
        recipe=_differences(runs[0].data.params, runs[1].data.params),
        made_of=_differences(*map(_made_of, runs, chosen)),
    )


def _run_of(home: Home, version: ModelVersion) -> Run:
    run = find_run(home, str(version.run_id))
    if run is None:
        raise problem(*(TrackingError, "run_of_version_gone", version.name), version=version.version, name=version.name)
    return run


def _measured_run(home: Home, version: ModelVersion, registered: Run) -> Run:
    """Return the run that the figures of a version are of; `registered` is the run that registered it.

    They differ where the validation workbook has changed since, and the same model was measured anew.
    """
    last = version.tags.get(MEASURED_RUN)
    run = find_run(home, last) if last else None
    return run if run is not None and MEASURED_ON in run.data.tags else registered


def _measured_on_the_same(one: Run, other: Run) -> bool:
    digests = {run.data.tags.get(MEASURED_ON) for run in (one, other)}
    return len(digests) == 1 and None not in digests


def _as_measured(facts: VersionFacts, run: Run) -> VersionFacts:
    """Return the facts with the scores of an earlier measurement."""
    named = {"macro_f1": "test/macro_f1", "accuracy": "test/accuracy", "baseline_macro_f1": "baseline/macro_f1"}
    scores = {name: run.data.metrics[metric] for name, metric in named.items() if metric in run.data.metrics}
    return replace(facts, figures=facts.figures | scores)


def _made_of(registered: Run, measured: Run) -> dict[str, str | None]:
    tags = registered.data.tags | {MEASURED_ON: measured.data.tags.get(MEASURED_ON)}
    return {name: tags.get(name) for name in _INGREDIENTS}


def _facts(version: ModelVersion, aliases: Mapping[str, list[str]]) -> VersionFacts:
    tags = dict(version.tags)
    return VersionFacts(
        version=str(version.version),
        aliases=tuple(sorted(aliases.get(str(version.version), []))),
        created=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC).isoformat(timespec="seconds"),
        promoted=tags.get("promoted") == "true",
        reason=reason_of(version),
        figures={name: float(tags[name]) for name in FIGURES if name in tags},
        run_id=str(version.run_id),
        source=str(version.source),
        tags=tags,
    )


def _aliases(home: Home, name: str) -> dict[str, list[str]]:
    """Return the aliases by version; a search for versions does not return them."""
    by_version: dict[str, list[str]] = {}
    for alias, version in client(home).get_registered_model(name).aliases.items():
        by_version.setdefault(str(version), []).append(alias)
    return by_version


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    names = sorted({*one, *other})
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def _compared(one: Run, other: Run) -> Comparison:
    addresses = (f"{run.info.artifact_uri}/{EVALUATION_FOLDER}/{PREDICTIONS_FILE}" for run in (one, other))
    files = [Path(download_artifacts(address)) for address in addresses]
    names = tuple(dict.fromkeys(name for file in files for name in labels_of(pq.read_schema(file).names)))
    ours, theirs = (pd.read_parquet(file, columns=["label", "predicted"]) for file in files)
    ids = {name: number for number, name in enumerate(names)}
    columns = (ours["label"], ours["predicted"], theirs["predicted"])
    truth, one_predicted, other_predicted = (
        np.array([ids[name] for name in column], dtype=np.int64) for column in columns
    )
    return compare_predictions(truth, one_predicted, other_predicted, names)
