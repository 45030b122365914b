"""The summary after a training run: rows, labels, results, the places of all files, and the next commands."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from mlflow.artifacts import load_text
from rich.table import Table
from rich.text import Text

from storyflower.cli.console import called_as, out
from storyflower.data.pool import Role
from storyflower.data.quality_report import QUALITY_REPORT
from storyflower.data.row_account import RareLabel, RowAccount
from storyflower.evaluation.assessment import FIGURES_FILE, Assessment
from storyflower.evaluation.folds import CROSS_VALIDATION, FOLDS_FILE, CrossValidation
from storyflower.messages import say
from storyflower.pipeline.quality import REPORT_FILE
from storyflower.pipeline.results import RegisteredVersion
from storyflower.reports.folds import COLUMNS as COLUMNS_OF_FOLDS
from storyflower.reports.folds import folds_table, headlines
from storyflower.reports.report import PAGE_FILE
from storyflower.reports.results_table import COLUMNS, results_table
from storyflower.reports.row_table import RARE_COLUMNS, label_table, rare_label_table, row_table
from storyflower.settings import DEFAULT_MODEL
from storyflower.storage.home import Home
from storyflower.tracking.runs import DATA_FOLDER, EVALUATION_FOLDER, FOLDS_FOLDER
from storyflower.tracking.store import client
from storyflower.tracking.store_home import path_of


def show_summary(home: Home, result: RegisteredVersion) -> None:
    """Tables of the run, read from what it left in MLflow."""
    artifacts = client(home).get_run(result.run_id).info.artifact_uri
    quality = QUALITY_REPORT.validate_json(load_text(f"{artifacts}/{DATA_FOLDER}/{REPORT_FILE}"))
    figures = json.loads(load_text(f"{artifacts}/{EVALUATION_FOLDER}/{FIGURES_FILE}"))
    _show_rows(quality.workbooks)
    _show_labels(quality.balance)
    _show_rare_labels(quality.rare_labels)
    show_results(Assessment.from_json(figures))
    if result.folds is not None:
        _show_folds(CROSS_VALIDATION.validate_json(load_text(f"{artifacts}/{FOLDS_FOLDER}/{FOLDS_FILE}")))
    _show_stages(result)
    _show_places(home, result, artifacts)


def _show_rows(accounts: Mapping[Role, RowAccount]) -> None:
    table = _table("rows", "", *accounts)
    for line in row_table(accounts.values()):
        table.add_row(line.name, *(f"{count:,}" for count in line.counts))
    out.print(table)


def _show_labels(balance: Mapping[str, Mapping[str, int]]) -> None:
    table = _table("labels", "emotion", *balance)
    for line in label_table(balance):
        if line.is_sum:
            table.add_section()
        table.add_row(Text(line.name), *(f"{count:,}" for count in line.counts))
    out.print(table)


def _show_rare_labels(labels: Sequence[RareLabel]) -> None:
    """What was done with labels that too few texts carry, if there are any."""
    if labels:
        table = Table(*(say(column) for column in RARE_COLUMNS), title=say("rare_labels"), title_justify="left")
        table.columns[1].justify = "right"
        for line in rare_label_table(labels):
            table.add_row(*map(Text, line))
        out.print(table)


def show_results(assessment: Assessment) -> None:
    """The results table and the headline figures, with their intervals and the baseline's."""
    results = results_table(assessment)
    table = _table("results", *COLUMNS)
    for row in results.rows:
        table.add_row(*map(Text, row.cells))
    out.print(table)
    for name, headline in ((say("summary.accuracy"), results.accuracy), ("macro-F1", results.macro_f1)):
        interval = asdict(headline.interval)
        out.print(say("summary.score", name=name, score=headline.score, baseline=headline.baseline, **interval))
    out.print(say("summary.baseline"))


def _show_folds(found: CrossValidation) -> None:
    """The table of the folds and the pooled figures, with their intervals and the difference to the baseline."""
    table = Table(*(say(column) for column in COLUMNS_OF_FOLDS), title=say("folds.title"), title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for line in folds_table(found):
        table.add_row(*line)
    out.print(table)
    for sentence in headlines(found):
        out.print(sentence, soft_wrap=True)


def _show_stages(result: RegisteredVersion) -> None:
    ran = [
        say("summary.stage", name=name, seconds=report.seconds)
        for name, report in result.stages.items()
        if report.state == "ran"
    ]
    cached = [name for name, report in result.stages.items() if report.state == "cached"]
    out.print("\n" + say("summary.ran", stages=", ".join(ran) or say("summary.none")), soft_wrap=True)
    if cached:
        out.print(say("summary.reused", stages=", ".join(cached)), soft_wrap=True)


def _show_places(home: Home, result: RegisteredVersion, artifacts: str) -> None:
    heading = say("registry.of_model", model=result.model_name, version=result.model_version)
    style = "green" if result.promoted else "yellow"
    out.print()
    out.print(Text(heading, "bold").append(", ").append(say(result.outcome), style), soft_wrap=True)
    out.print(Text(result.reason), soft_wrap=True)
    folder = str(path_of(artifacts)) if artifacts.startswith("file:") else artifacts
    page = f"{folder}/{EVALUATION_FOLDER}/{PAGE_FILE}"
    _show_lines("where", {"page": page, "artifacts": folder, "runs": home.mlflow_place})
    _show_lines("next", _next_commands(home, result))


def _next_commands(home: Home, result: RegisteredVersion) -> dict[str, str]:
    """The next commands, by their purpose; with the name of the model where it is not the default."""
    usual = result.model_name == DEFAULT_MODEL
    option = "" if usual else f" --model {result.model_name}@champion"
    named = "" if usual else f" --model {result.model_name}"
    return {
        "ask": f'{called_as()} predict{option} "오늘 정말 고마웠어."',
        "why": f"{called_as()} registry why {result.model_version}{named}",
        "train_own": f"{called_as()} train --train A.xlsx --validation B.xlsx",
        "look": f"{called_as('mlflow')} server --host 127.0.0.1 --port 5000 "
        "--allowed-hosts 127.0.0.1:5000,localhost:5000 "
        f"--backend-store-uri {shlex.quote(home.mlflow_place)}",
    }


def _show_lines(title: str, lines: Mapping[str, str]) -> None:
    """A title, and under it what each line is, with its place or command on a line of its own, to be copied whole."""
    out.print(Text("\n" + say(f"summary.{title}"), style="bold"))
    for name, value in lines.items():
        out.print(Text(f"  {say(f'summary.{name}')}\n    {value}"), soft_wrap=True)


def _table(title: str, *columns: str) -> Table:
    """A table of the summary, its figures to the right; a column without a word of its own keeps its name."""
    names = [name if name in ("", "F1") else say(f"summary.{name}") for name in columns]
    table = Table(*names, title=say(f"summary.{title}"), title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    return table
