"""Results as Markdown, for the artifacts that Prefect shows with a run."""

from collections.abc import Mapping
from typing import Any


def as_markdown(figures: Mapping[str, Any], run_id: str) -> str:
    """A table of the model's figures by label beside the baseline's; `figures` as `evaluation.json` holds them."""
    test, baseline = figures["test"], figures["baseline"]
    lines = [
        "| | model | 95 % interval | baseline | p |",
        "|---|---:|---:|---:|---:|",
        _headline("accuracy", "accuracy", test, baseline),
        _headline("macro-F1", "macro_f1", test, baseline),
        "",
        _calibration(test["calibration"]),
        "",
        "| emotion | support | precision | recall | F1 | baseline F1 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for score, reference in zip(test["per_label"], baseline["per_label"], strict=True):
        lines.append(
            f"| {score['label']} | {score['support']:,} | {score['precision']:.3f} | {score['recall']:.3f} "
            f"| {score['f1']:.3f} | {reference['f1']:.3f} |"
        )
    return "\n".join([*lines, "", f"MLflow run `{run_id}`: plots, predictions and the page are its artifacts.", ""])


def _headline(name: str, figure: str, test: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    interval = test[f"{figure}_interval"]
    return (
        f"| {name} | {test[figure]:.4f} | {interval['low']:.4f}–{interval['high']:.4f} "
        f"| {baseline[figure]:.4f} | {test['against_baseline'][f'{figure}_p']:.2g} |"
    )


def _calibration(found: Mapping[str, Any]) -> str:
    return (
        f"Calibration at temperature {found['temperature']:.2f}: ECE {found['before']['ece']:.3f} → "
        f"{found['after']['ece']:.3f}, Brier {found['before']['brier']:.3f} → {found['after']['brier']:.3f}"
    )
