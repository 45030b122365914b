"""Trainings of the fine labels: every name survives, up to MLflow's metrics and the registered model."""

import json
from itertools import cycle
from pathlib import Path

import openpyxl
import pytest
from mlflow.artifacts import load_text

from flows.train import train
from storyflower.data.labels import FINE
from storyflower.errors import DataContractError
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TrainingRecipe
from storyflower.registry.to_score import scoring_model
from storyflower.registry.versions import ask
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.scoring.engines import LocalEngine
from storyflower.scoring.model import Compute
from storyflower.scoring.options import ScoreOptions
from storyflower.scoring.run import score
from storyflower.serving.predictor import label_columns
from storyflower.tracking.metric_names import METRIC_NAMES_FILE
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = pytest.mark.server

COMMA = "상처/가난한, 불우한"


def spread_over_all_labels(book: Path) -> None:
    """The sample's rare fine labels stand in too few rows of a small workbook: give every label the same number."""
    workbook = openpyxl.load_workbook(book)
    header, *rows = workbook.worksheets[0].iter_rows()
    place = {cell.value: number for number, cell in enumerate(header)}
    for row, label in zip(rows, cycle(FINE), strict=False):
        row[place["감정_대분류"]].value, row[place["감정_소분류"]].value = label.split("/")
    workbook.save(book)


def test_fine_labels_are_trained_to_the_end(recipe: TrainingRecipe, tmp_path: Path) -> None:
    training, validation = write_sample_workbooks(tmp_path, training_rows=600, validation_rows=150)
    for book in (training, validation):
        spread_over_all_labels(book)
    source = CorpusSource(training=str(training), validation=str(validation))
    version = train(source, recipe.with_changes({"label_set": "fine", "epochs": 1}))
    run = client(current_home()).get_run(version.run_id)
    assert run.info.status == "FINISHED"
    real = json.loads(load_text(f"{run.info.artifact_uri}/{METRIC_NAMES_FILE}"))
    names = {real.get(name, name) for name in run.data.metrics}
    assert {f"test/f1/{label}" for label in FINE} <= names
    assert set(real.values()) == {f"test/f1/{COMMA}"}
    answers = ask(current_home(), version.model_version, ["월급이 밀려서 살기가 힘들어"])
    assert tuple(label_columns(answers)) == FINE


def test_rare_labels_are_merged_or_left_out_through_the_whole_chain(recipe: TrainingRecipe, tmp_path: Path) -> None:
    """The sample as it is: in a small workbook many fine labels stand in one row or none."""
    training, validation = write_sample_workbooks(tmp_path, training_rows=300, validation_rows=100)
    source = CorpusSource(training=str(training), validation=str(validation))
    fine = recipe.with_changes({"label_set": "fine", "epochs": 1})
    with pytest.raises(DataContractError, match="rare_labels=merge"):
        train(source, fine)

    merging = train(source, fine.with_changes({"rare_labels": "merge"}))
    home = current_home()
    artifacts = client(home).get_run(merging.run_id).info.artifact_uri
    quality = json.loads(load_text(f"{artifacts}/data/data_quality.json"))
    rare = {label["name"]: label["merged_into"] for label in quality["rare_labels"]}
    names = [label for label in FINE if label not in rare]
    assert list(quality["balance"]["train"]) == names
    accounts = quality["workbooks"].values()
    assert sum(account["repaired"]["rare_label_merged"] for account in accounts) > 0
    assert all(account["rows"] == account["kept"] + sum(account["set_aside"].values()) for account in accounts)
    merged, target = next((name, into) for name, into in rare.items() if into)
    assert f"| {merged} |" in load_text(f"{artifacts}/model_card/README.md")
    model = scoring_model(home, str(merging.model_version))
    assert model.labels == tuple(names)
    assert model.merged_labels[merged] == target
    engine = LocalEngine(model, Compute("cpu", 1))
    report = score(home, model, engine, str(validation), out=None, options=ScoreOptions(evaluate=True))
    assert report.evaluation is not None
    assert report.evaluation.rows >= quality["workbooks"]["validation"]["kept"]

    leaving = train(source, fine.with_changes({"rare_labels": "leave_out"}))
    artifacts = client(home).get_run(leaving.run_id).info.artifact_uri
    accounts = json.loads(load_text(f"{artifacts}/data/data_quality.json"))["workbooks"].values()
    assert sum(account["set_aside"]["rare_label"] for account in accounts) > 0

    # The champion has other labels, so the challenger cannot be compared with it: a person may promote it.
    major = train(source, recipe.with_changes({"epochs": 1}))
    assert not major.promoted
    assert f"registry promote {major.model_version}" in major.reason
