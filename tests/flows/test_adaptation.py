"""The train flow with an adaptation of the encoder, on the training texts and a file of texts without labels."""

import json
from pathlib import Path

import pytest
from mlflow.artifacts import load_text

from flows.train import train
from storyflower.errors import RecipeError, WorkbookError
from storyflower.model.integrity import CARD_FILE
from storyflower.pipeline.manifests import AdaptRef
from storyflower.pipeline.model_facts import ADAPT_STAGE
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion.lineage import lineage_of
from storyflower.recipe import TrainingRecipe
from storyflower.reports.model_card import CARD_FOLDER
from storyflower.settings import settings
from storyflower.storage.stages import StageStore
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def adapting(recipe: TrainingRecipe) -> TrainingRecipe:
    return recipe.with_changes({"adapt_epochs": 2, "epochs": 1})


@pytest.fixture(scope="module")
def with_texts(source: CorpusSource, tmp_path_factory: pytest.TempPathFactory) -> CorpusSource:
    file = tmp_path_factory.mktemp("unlabelled") / "texts.txt"
    file.write_text("처음 보는 문장이야\n\n이것도 말뭉치에는 없어\n", "utf-8")
    return source.model_copy(update={"unlabelled": str(file)})


@pytest.fixture(scope="module")
def first(with_texts: CorpusSource, adapting: TrainingRecipe, home: Path) -> RegisteredVersion:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(home))
        return train(with_texts, adapting)


def test_the_registered_model_is_of_the_adapted_encoder(first: RegisteredVersion) -> None:
    assert [name for name in first.stages if name in ("tokenize", "adapt", "finetune")] == [
        *("tokenize", "adapt", "finetune")
    ]
    run = client(current_home()).get_run(first.run_id)
    losses = client(current_home()).get_metric_history(first.run_id, "adapt/epoch/loss")
    assert [metric.step for metric in losses] == [1, 2]
    assert losses[1].value < losses[0].value
    assert "adapt/train/loss" in run.data.metrics
    assert "epoch/dev_macro_f1" in run.data.metrics
    store = StageStore(current_home())
    (entry,) = store.entries(ADAPT_STAGE)
    facts = store.get(AdaptRef, ADAPT_STAGE, entry.name).facts
    assert facts.unlabelled == 2
    card = load_text(f"{run.info.artifact_uri}/{CARD_FOLDER}/{CARD_FILE}")
    assert f"{facts.texts:,}" in card
    assert json.loads(load_text(f"{run.info.artifact_uri}/stages.json"))["adapt"]["state"] == "ran"


def test_lineage_is_what_the_run_was_tagged_with(
    first: RegisteredVersion, with_texts: CorpusSource, adapting: TrainingRecipe
) -> None:
    tags = client(current_home()).get_run(first.run_id).data.tags
    expected = lineage_of(current_home(), with_texts, adapting.on_machine(settings())).tags
    assert "unlabelled_sha256" in expected
    assert {name: tags.get(name) for name in expected} == expected


def test_nothing_runs_again_and_the_figures_are_logged_again(
    first: RegisteredVersion, with_texts: CorpusSource, adapting: TrainingRecipe
) -> None:
    again = train(with_texts, adapting)
    assert again.model_version == first.model_version
    assert {again.stages[name].state for name in ("adapt", "finetune")} == {"cached"}
    assert len(client(current_home()).get_metric_history(again.run_id, "adapt/epoch/loss")) == 2


def test_what_cannot_be_read_is_refused_before_a_run_is_opened(
    first: RegisteredVersion, with_texts: CorpusSource, adapting: TrainingRecipe, recipe: TrainingRecipe, tmp_path: Path
) -> None:
    with pytest.raises(WorkbookError, match=r"gone\.txt"):
        train(with_texts.model_copy(update={"unlabelled": str(tmp_path / "gone.txt")}), adapting)
    with pytest.raises(RecipeError, match="adapt_epochs"):
        train(with_texts, recipe)
