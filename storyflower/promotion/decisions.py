"""Writes decisions of the gate to the registry and the run, and reads them."""

import json
from collections.abc import Mapping
from typing import Any

from mlflow.artifacts import load_text
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from storyflower.errors import TrackingError
from storyflower.messages import problem, say
from storyflower.messages.sentences import Sentence
from storyflower.promotion.gate import Decision
from storyflower.reports.markdown import cell
from storyflower.storage.home import Home
from storyflower.tracking.runs import MODEL_TAG, TrackedRun
from storyflower.tracking.store import client, find_run

FOLDER = "promotion"
CHECKS_FILE, READABLE_FILE = "checks.json", "checks.md"
_CHECK_TAG = "check."
WHY_TAG = "why"
"""Tag of a version: the reason of its decision as JSON, so that it can be shown in any language."""
MEASURED_RUN = "measured_run"
"""Tag of a version: the run of the evaluation that its figures are of."""
JUDGED_AGAINST, REJECTED = "judged_against", "rejected"
"""Tags of the run that decided: the champion at that time, and whether a person rejected the version."""
NO_CHAMPION = "none"


def tag_version(home: Home, version: ModelVersion, tags: Mapping[str, str]) -> None:
    """Set tags of a version."""
    for name, value in tags.items():
        client(home).set_model_version_tag(version.name, version.version, name, value)


def write_decision(run: TrackedRun, version: ModelVersion, decision: Decision) -> None:
    """Write the decision and its checks to the version (tags, description) and to the run (tags, artifacts)."""
    outcome = {"promoted": str(decision.promoted).lower(), "decision": decision.reason}
    circumstances = {JUDGED_AGAINST: decision.against or NO_CHAMPION, REJECTED: str(decision.rejected).lower()}
    run.set_tags({MODEL_TAG: version.name, "model_version": str(version.version)} | circumstances | outcome)
    if not decision.checks:
        return
    run.log_json(decision.to_json(), f"{FOLDER}/{CHECKS_FILE}")
    client(run.home).log_text(run.run_id, as_markdown(decision), f"{FOLDER}/{READABLE_FILE}")
    checks = {f"{_CHECK_TAG}{check.name}": check.in_short for check in decision.checks}
    for stale in (name for name in version.tags if name.startswith(_CHECK_TAG) and name not in checks):
        client(run.home).delete_model_version_tag(version.name, version.version, stale)
    why = json.dumps(decision.why.to_json(), ensure_ascii=False)
    decided = {"promoted": outcome["promoted"], "reason": decision.reason, WHY_TAG: why}
    tag_version(run.home, version, decided | {"judged_run": run.run_id} | checks)
    figures = (version.description or "").partition("\n")[0]
    client(run.home).update_model_version(version.name, version.version, f"{figures}\n\n{as_markdown(decision)}")


def read_decision(home: Home, version: ModelVersion) -> Decision:
    """Return the last decision on a version, with its checks.

    Raises:
        TrackingError: an early release registered it without checks, its run is gone, or the artifact is unreadable.
    """
    judged = version.tags.get("judged_run")
    run = find_run(home, judged) if judged else None
    if run is None:
        raise problem(TrackingError, "no_checks", version.name, version=version.version)
    artifacts = str(run.info.artifact_uri)
    try:
        return Decision.from_json(json.loads(load_text(f"{artifacts}/{FOLDER}/{CHECKS_FILE}")))
    except MlflowException as error:
        raise problem(
            TrackingError, "checks_unreadable", artifacts, version=version.version, reason=error.message
        ) from error


def read_markdown(home: Home, run_id: str) -> str:
    """Return the decision of a run as Markdown."""
    return str(load_text(f"{client(home).get_run(run_id).info.artifact_uri}/{FOLDER}/{READABLE_FILE}"))


def reason_of(version: ModelVersion) -> str:
    """Return the reason of a version's last decision, in the current language if its sentence is stored."""
    kept = version.tags.get(WHY_TAG)
    return version.tags.get("reason", "") if kept is None else str(Sentence.from_json(json.loads(kept)))


def as_rows(decision: Decision) -> list[dict[str, Any]]:
    """Return the table of checks in the current language: one dict per row, with the same columns in every row."""
    columns = [say(f"registry.{name}") for name in ("check", "verdict", "figure", "required", "meaning")]
    return [
        dict(zip(columns, (c.title, say(f"verdict.{c.verdict}"), f"{c.figure:g}", c.rule, c.meaning), strict=True))
        for c in decision.checks
    ]


def as_markdown(decision: Decision) -> str:
    """Format the decision as Markdown: the reason, and a table of the checks."""
    headings = " | ".join(say(f"registry.{name}") for name in ("check", "verdict", "figure", "required", "meaning"))
    lines = [decision.reason, "", f"| {headings} |", "|---|---|---:|---:|---|"]
    lines += [f"| {' | '.join(map(cell, map(str, row.values())))} |" for row in as_rows(decision)]
    return "\n".join([*lines, ""])
