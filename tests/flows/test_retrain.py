"""The retraining: skipped while nothing has changed; else a challenger, and a report of the drift."""

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from mlflow.artifacts import load_text
from prefect.client.orchestration import get_client

from flows.retrain import retrain
from storyflower.errors import WorkbookError
from storyflower.messages import say
from storyflower.model.encoder import write_scratch_encoder
from storyflower.pipeline.results import Retraining
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion.alias import CHALLENGER, current_champion
from storyflower.recipe import TrainingRecipe
from storyflower.sample.corpus import write_sample_workbooks
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.store import client, experiment_id
from tests.homes import current_home

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def folders(source: CorpusSource, tmp_path_factory: pytest.TempPathFactory) -> CorpusSource:
    """The workbooks in two folders, as an operator configures them."""
    root = tmp_path_factory.mktemp("configured")
    for role in ("training", "validation"):
        (root / role).mkdir()
        shutil.copy(getattr(source, role), root / role)
    return CorpusSource(training=str(root / "training"), validation=str(root / "validation"))


@pytest.fixture(scope="module")
def recipe(recipe: TrainingRecipe, source: CorpusSource, tmp_path_factory: pytest.TempPathFactory) -> TrainingRecipe:
    """With an encoder that stays the same when the corpus grows, so that the tokens can be compared."""
    header, *rows = openpyxl.load_workbook(source.training)["Sheet1"].values
    texts = [str(row[header.index("사람문장1")]) for row in rows]
    encoder = tmp_path_factory.mktemp("encoder")
    write_scratch_encoder(texts, recipe.encoder, encoder, seed=1)
    return recipe.with_changes({"encoder": str(encoder)})


@pytest.fixture(scope="module")
def first(folders: CorpusSource, recipe: TrainingRecipe, home: Path) -> Retraining:
    """The first night: there is no champion."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(home))
        return retrained(folders, recipe)


@pytest.fixture(scope="module")
def grown(first: Retraining, folders: CorpusSource, recipe: TrainingRecipe, home: Path) -> Retraining:
    """A night after a second training workbook has come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(home))
        new, unused = write_sample_workbooks(home / "new", training_rows=200, validation_rows=60, seed=7)
        shutil.move(new, Path(str(folders.training)) / "new_Training.xlsx")
        unused.unlink()
        return retrained(folders, recipe)


def retrained(source: CorpusSource, recipe: TrainingRecipe) -> Retraining:
    outcome: Any = retrain(source, recipe)
    return Retraining.model_validate(outcome)


def runs() -> int:
    return len(client(current_home()).search_runs([experiment_id(current_home())]))


def test_the_first_night_makes_a_champion(first: Retraining) -> None:
    assert first.state == "trained"
    assert first.reason == "아직 챔피언이 없습니다"
    assert first.version is not None
    assert first.drift is None
    champion = current_champion(current_home())
    assert champion is not None
    assert str(champion.version) == first.version.model_version


def test_an_unchanged_night_is_skipped_without_a_run(
    first: Retraining, folders: CorpusSource, recipe: TrainingRecipe
) -> None:
    before = runs()
    ended: Any = retrain(folders, recipe, return_state=True)
    assert (ended.name, ended.type.value) == ("Completed", "COMPLETED")
    assert ended.message.startswith("챔피언 버전 1을(를) 학습한 이후 바뀐 것이 없습니다")
    outcome = Retraining.model_validate(ended.result())
    assert outcome.state == "skipped"
    assert outcome.version is None
    assert runs() == before


def test_a_new_workbook_trains_a_challenger_and_reports_the_drift(grown: Retraining, folders: CorpusSource) -> None:
    assert grown.state == "trained"
    assert grown.reason == "챔피언 버전 1을(를) 학습한 이후 바뀐 것: 학습 통합 문서"
    assert grown.version is not None
    assert grown.version.model_version == "2"
    assert str(client(current_home()).get_model_version_by_alias(DEFAULT_MODEL, CHALLENGER).version) == "2"

    run = client(current_home()).get_run(grown.version.run_id)
    assert json.loads(load_text(f"{run.info.artifact_uri}/data/drift.json"))["since_version"] == "1"
    assert {"drift/labels", "drift/tokens", "drift/unknown", "drift/lengths"} <= set(run.data.metrics)
    assert grown.drift is not None
    assert say(run.data.tags["drift"]) in grown.drift
    with get_client(sync_client=True) as prefect:
        drifts = [str(artifact.data) for artifact in prefect.read_artifacts() if artifact.key == "drift"]
    (table,) = [data for data in drifts if run.info.run_id in data]  # the server is shared with other tests
    assert "감정 분포" in table
    quality = json.loads(load_text(f"{run.info.artifact_uri}/data/data_quality.json"))
    assert len([part for part in quality["sources"] if str(folders.training) in part["workbook"]]) == 2


def test_the_next_night_is_skipped_whatever_the_decision(
    grown: Retraining, folders: CorpusSource, recipe: TrainingRecipe
) -> None:
    before = runs()
    assert retrained(folders, recipe).state == "skipped"
    assert runs() == before


def test_another_recipe_is_a_change(grown: Retraining, folders: CorpusSource, recipe: TrainingRecipe) -> None:
    outcome = retrained(folders, recipe.with_changes({"min_gain": 0.5}))
    assert outcome.state == "trained"
    assert "레시피" in outcome.reason
    assert outcome.version is not None
    assert outcome.version.stages["finetune"].state == "cached"


def test_missing_folders_fail_with_one_message(
    recipe: TrainingRecipe, tmp_path: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "validation").mkdir()
    absent = CorpusSource(training=str(tmp_path / "training"), validation=str(tmp_path / "validation"))
    state = retrain(absent, recipe, return_state=True)
    assert state.is_failed()
    assert str(tmp_path / "training") in (state.message or "")
    assert [record for record in caplog.records if record.exc_info] == []
    with pytest.raises(WorkbookError, match="training"):
        retrain(absent, recipe)
