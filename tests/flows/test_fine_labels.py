"""A training of the sixty fine labels: every name survives, up to MLflow's metrics and the registered model."""

import json
from itertools import cycle
from pathlib import Path

import openpyxl
import pytest
from mlflow.artifacts import load_text

from flows.train import train
from storyflower.data.labels import FINE
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TrainingRecipe
from storyflower.registry.versions import ask
from storyflower.sample.corpus import write_sample_workbooks
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
