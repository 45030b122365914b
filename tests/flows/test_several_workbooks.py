"""The train flow on several training workbooks: counted once, and nothing depends on their order."""

import json
from pathlib import Path

import openpyxl
import pytest
from mlflow.artifacts import load_text

from flows.train import train
from storyflower.evaluation.drift import compare_profiles
from storyflower.evaluation.profile import CorpusProfile
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TrainingRecipe
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = [pytest.mark.server, pytest.mark.slow]

OVERLAP = 40


@pytest.fixture(scope="module")
def folder(source: CorpusSource, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The training workbook in two parts, the second of which repeats rows of the first."""
    folder = tmp_path_factory.mktemp("parts")
    header, *rows = openpyxl.load_workbook(source.training)["Sheet1"].values
    for name, part in (("new_Training.xlsx", rows[:200]), ("old_Training.xlsx", rows[200 - OVERLAP :])):
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Sheet1")
        for row in (header, *part):
            sheet.append(row)
        book.save(folder / name)
    return folder


@pytest.fixture(scope="module")
def first(folder: Path, source: CorpusSource, recipe: TrainingRecipe, home: Path) -> RegisteredVersion:
    """A run on both parts, given as a glob."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(home))
        return train(CorpusSource(training=f"{folder}/*_Training.xlsx", validation=source.validation), recipe)


def ran(result: RegisteredVersion) -> list[str]:
    return [name for name, report in result.stages.items() if report.state == "ran"]


def artifact(result: RegisteredVersion, name: str) -> str:
    return load_text(f"{client(current_home()).get_run(result.run_id).info.artifact_uri}/data/{name}")


def test_rows_that_stand_in_both_count_once(first: RegisteredVersion, folder: Path) -> None:
    quality = json.loads(artifact(first, "data_quality.json"))
    training = quality["workbooks"]["training"]
    assert training["set_aside"]["in_earlier_workbook"] >= OVERLAP * 0.9  # some of them are set aside for other reasons
    assert training["rows"] == training["kept"] + sum(training["set_aside"].values()) == 400 + OVERLAP
    assert [Path(source["workbook"]).name for source in quality["sources"]][:2] == [
        "new_Training.xlsx",
        "old_Training.xlsx",
    ]
    (repeated, *_) = quality["set_aside_examples"]["in_earlier_workbook"]
    assert f"{folder}/new_Training.xlsx [Sheet1] " in repeated["same_text_at"]
    tags = client(current_home()).get_run(first.run_id).data.tags
    assert tags["training_workbook"] == f"{folder}/*_Training.xlsx"
    assert len(tags["training_sha256"]) == 64


def test_another_order_trains_nothing_new(
    first: RegisteredVersion, folder: Path, source: CorpusSource, recipe: TrainingRecipe
) -> None:
    parts = (str(folder / "old_Training.xlsx"), str(folder / "new_Training.xlsx"))
    again = train(CorpusSource(training=parts, validation=(source.validation,)), recipe)
    assert ran(again) == ["ingest", "normalize", "quality", "evaluate"]
    assert again.model_version == first.model_version
    one, other = (client(current_home()).get_run(result.run_id).data.tags for result in (first, again))
    for name in ("training_sha256", "training_digest", "validation_digest"):
        assert one[name] == other[name]


def test_one_workbook_with_the_same_rows_trains_nothing_new(
    first: RegisteredVersion, source: CorpusSource, recipe: TrainingRecipe
) -> None:
    whole = train(source, recipe)
    assert "finetune" not in ran(whole)
    profiles = [CorpusProfile.from_json(artifact(result, "profile.json")) for result in (first, whole)]
    assert profiles[0] == profiles[1]
    assert compare_profiles(*profiles).reading == "small"
