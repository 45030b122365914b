"""One judgement: the challenger measured, the champion measured on the same sentences, the decision written down."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from mlflow.artifacts import load_text
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from storyflower.errors import TrackingError
from storyflower.recipe import TrainingRecipe
from storyflower.registry.gate import Candidate, Decision, decide
from storyflower.registry.history import moves, note_move_made_elsewhere, taken_back
from storyflower.registry.promotion import CHALLENGER, champion_number, current_champion
from storyflower.registry.rivals import ValidationSet, measure_rival
from storyflower.registry.tracking import MODEL_NAME, TrackedRun, client
from storyflower.registry.versions import EXAMPLE
from storyflower.serving.predictor import Predictor

FOLDER = "promotion"
CHECKS_FILE, READABLE_FILE = "checks.json", "checks.md"
_CHECK_TAG = "check."
_ROUNDS = 5


def latency_ms(model_directory: Path) -> float:
    """Median milliseconds (to a tenth) of answering one sentence on the CPU, over some single sentences."""
    predictor = Predictor(model_directory, device="cpu")
    predictor.predict(EXAMPLE[:1])  # the first answer also pays for what is loaded lazily
    seconds = []
    for text in EXAMPLE * _ROUNDS:
        started = perf_counter()
        predictor.predict([text])
        seconds.append(perf_counter() - started)
    return round(median(seconds) * 1000, 1)


def size_mb(model_directory: Path) -> float:
    """MiB (to a tenth) of the files of a model directory."""
    return round(sum(file.stat().st_size for file in model_directory.rglob("*") if file.is_file()) / 2**20, 1)


def was_taken_back(version: ModelVersion) -> bool:
    """Whether a person has rolled the version back since it was last promoted."""
    return str(version.version) in taken_back(moves())


def judge(
    version: ModelVersion,
    candidate: Candidate,
    validation: ValidationSet,
    predicted: Sequence[str],
    recipe: TrainingRecipe,
) -> Decision:
    """Name the challenger and decide. To be called, and the alias to be moved, under `one_judgement_at_a_time`.

    Args:
        version: the challenger; the champion itself stays champion unasked.
        candidate: what is known of it.
        validation: n sentences.
        predicted: the challenger's answers to them (label names).
        recipe: its promotion policy, and the bounds of the tokenizer's health.
    """
    note_move_made_elsewhere(champion_number())
    champion = current_champion()
    if champion is not None and champion.version == version.version:
        return Decision(True, f"version {version.version} is the champion already")
    client().set_registered_model_alias(MODEL_NAME, CHALLENGER, version.version)
    if champion is None:
        return decide(candidate, None, recipe)
    rival = measure_rival(champion, validation, version, predicted)
    if rival.macro_f1 is not None and champion.tags.get("validation_digest") != validation.digest:
        _tag(champion, {"validation_digest": validation.digest, "macro_f1": repr(rival.macro_f1)})
    return decide(candidate, rival, recipe)


def write_decision(run: TrackedRun, version: ModelVersion, decision: Decision) -> None:
    """The verdict and every check as tags of the version, the table as artifacts of the run that judged."""
    outcome = {"promoted": str(decision.promoted).lower(), "decision": decision.reason}
    run.set_tags({"model_version": str(version.version)} | outcome)
    if not decision.checks:
        return
    run.log_json(decision.to_json(), f"{FOLDER}/{CHECKS_FILE}")
    client().log_text(run.run_id, as_markdown(decision), f"{FOLDER}/{READABLE_FILE}")
    checks = {f"{_CHECK_TAG}{check.name}": check.in_short for check in decision.checks}
    for stale in (name for name in version.tags if name.startswith(_CHECK_TAG) and name not in checks):
        client().delete_model_version_tag(MODEL_NAME, version.version, stale)
    _tag(version, {"promoted": outcome["promoted"], "reason": decision.reason, "judged_run": run.run_id} | checks)


def withdraw(version: ModelVersion, reason: str) -> None:
    """Write on a version that it was to be promoted, and why it was not in the end."""
    _tag(version, {"promoted": "false", "reason": reason})


def read_decision(version: ModelVersion) -> Decision:
    """The table of checks by which a version was judged last.

    Raises:
        TrackingError: it was registered before there were any, or the artifact is gone.
    """
    try:
        artifacts = client().get_run(version.tags["judged_run"]).info.artifact_uri
        return Decision.from_json(json.loads(load_text(f"{artifacts}/{FOLDER}/{CHECKS_FILE}")))
    except (KeyError, MlflowException) as error:
        raise TrackingError(
            f"version {version.version} has no table of checks",
            where=MODEL_NAME,
            remedy="It was registered before there were any, or its run was deleted; training again judges it.",
        ) from error


def as_rows(decision: Decision) -> list[dict[str, Any]]:
    """The table of checks, one dict a row, the same columns in every row."""
    return [
        {"check": c.name, "verdict": c.verdict, "figure": f"{c.figure:g}", "asked": c.rule, "what": c.meaning}
        for c in decision.checks
    ]


def as_markdown(decision: Decision) -> str:
    """The decision as a person reads it: the reason, and a table of checks."""
    lines = [decision.reason, "", "| check | verdict | figure | asked | what |", "|---|---|---:|---:|---|"]
    lines += [f"| {' | '.join(str(cell) for cell in row.values())} |" for row in as_rows(decision)]
    return "\n".join([*lines, ""])


def _tag(version: ModelVersion, tags: dict[str, str]) -> None:
    for name, value in tags.items():
        client().set_model_version_tag(MODEL_NAME, version.version, name, value)
