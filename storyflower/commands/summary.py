"""What a person reads after a training run: rows, labels, results, where everything lies, what to type next."""

import json
from collections.abc import Mapping
from typing import Any

from mlflow.artifacts import load_text
from rich.table import Table
from rich.text import Text

from storyflower.commands.console import called_as, out
from storyflower.manifests import RegisteredVersion
from storyflower.messages import say
from storyflower.registry.tracking import DATA_FOLDER, EVALUATION_FOLDER, client
from storyflower.settings import settings


def show_summary(result: RegisteredVersion) -> None:
    """Tables of the run, read from what it left in MLflow."""
    artifacts = client().get_run(result.run_id).info.artifact_uri
    quality = json.loads(load_text(f"{artifacts}/{DATA_FOLDER}/data_quality.json"))
    figures = json.loads(load_text(f"{artifacts}/{EVALUATION_FOLDER}/evaluation.json"))
    _show_rows(quality)
    _show_labels(quality)
    _show_results(figures)
    _show_stages(result)
    _show_places(result, artifacts)


def _show_rows(quality: Mapping[str, Any]) -> None:
    table = Table("rows", "training", "validation", title="Rows", title_justify="left")
    _align_right(table)
    books = quality["workbooks"]
    table.add_row("read", *(f"{book['rows']:,}" for book in books.values()))
    for group, prefix in (("set_aside", "set aside"), ("repaired", "mended")):
        for name in books["training"][group]:
            counts = [book[group][name] for book in books.values()]
            if any(counts):
                table.add_row(f"{prefix}: {say(name, 'en')}", *(f"{count:,}" for count in counts))
    out.print(table)


def _show_labels(quality: Mapping[str, Any]) -> None:
    balance = quality["balance"]
    table = Table("emotion", "train", "dev", "validation", title="Labels", title_justify="left")
    _align_right(table)
    for label in balance["train"]:
        table.add_row(Text(label), *(f"{split[label]:,}" for split in balance.values()))
    table.add_section()
    table.add_row("all", *(f"{sum(split.values()):,}" for split in balance.values()))
    out.print(table)


def _show_results(figures: Mapping[str, Any]) -> None:
    test, baseline = figures["test"], figures["baseline"]
    columns = ("emotion", "sentences", "precision", "recall", "F1", "baseline F1")
    table = Table(*columns, title="Results on the validation workbook", title_justify="left")
    _align_right(table)
    for score, reference in zip(test["per_label"], baseline["per_label"], strict=True):
        shown = (score["precision"], score["recall"], score["f1"], reference["f1"])
        table.add_row(Text(score["label"]), f"{score['support']:,}", *(f"{figure:.3f}" for figure in shown))
    out.print(table)
    for name, figure in (("accuracy", "accuracy"), ("macro-F1", "macro_f1")):
        interval = test[f"{figure}_interval"]
        out.print(
            f"{name} [bold]{test[figure]:.3f}[/] ({interval['level']:.0%} interval {interval['low']:.3f} to "
            f"{interval['high']:.3f}), baseline {baseline[figure]:.3f}"
        )
    out.print("the baseline is TF-IDF with logistic regression")


def _show_stages(result: RegisteredVersion) -> None:
    ran = [f"{name} {report.seconds:.1f} s" for name, report in result.stages.items() if report.state == "ran"]
    cached = [name for name, report in result.stages.items() if report.state == "cached"]
    out.print(f"\nstages run: {', '.join(ran) or 'none'}")
    if cached:
        out.print(f"stages reused, nothing they depend on has changed: {', '.join(cached)}")


def _show_places(result: RegisteredVersion, artifacts: str) -> None:
    sign = "[green]champion[/]" if result.promoted else "[yellow]not promoted[/]"
    out.print(f"\n[bold]{result.model_name} version {result.model_version}[/], {sign}")
    out.print(Text(result.reason))
    out.print("\n[bold]Where everything lies[/]")
    for name, place in {
        "runs and registry": settings().mlflow_place,
        "pages, plots, rows set aside": artifacts.removeprefix("file://"),
    }.items():
        out.print(Text(f"  {name:<30}{place}"), soft_wrap=True)
    out.print("[bold]What to type next[/]")
    for purpose, command in {
        "ask the champion": f'{called_as()} predict "오늘 정말 고마웠어."',
        "read every check": f"{called_as()} registry why {result.model_version}",
        "train on your own workbooks": f"{called_as()} train --train A.xlsx --validation B.xlsx",
        "look at runs and registry": f"{called_as('mlflow')} server --host 127.0.0.1 --port 5000 "
        f"--backend-store-uri {settings().mlflow_place}",
    }.items():
        out.print(Text(f"  {purpose:<30}{command}"), soft_wrap=True)


def _align_right(table: Table) -> None:
    for column in table.columns[1:]:
        column.justify = "right"
