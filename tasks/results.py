"""Results as Markdown, for the artifacts that Prefect shows with a run."""

from collections.abc import Mapping
from typing import Any


def as_markdown(figures: Mapping[str, Any], run_id: str) -> str:
    """A table of the model's figures by label beside the baseline's; `figures` as `evaluation.json` holds them."""
    test, baseline = figures["test"], figures["baseline"]
    lines = [
        "| | model | baseline |",
        "|---|---:|---:|",
        f"| accuracy | {test['accuracy']:.4f} | {baseline['accuracy']:.4f} |",
        f"| macro-F1 | {test['macro_f1']:.4f} | {baseline['macro_f1']:.4f} |",
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
