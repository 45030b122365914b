"""The train and retrain flows on one workbook, of which a share is held out for validation."""

import json
from pathlib import Path
from typing import Any

import pytest
from mlflow.artifacts import load_text
from prefect.utilities.callables import parameter_schema

from flows.retrain import retrain
from flows.train import train
from storyflower.data.corpus_files import load_corpus
from storyflower.data.repetition import with_keys
from storyflower.errors import DataContractError, RecipeError
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion.lineage import lineage_of
from storyflower.recipe import TrainingRecipe
from storyflower.settings import settings
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def one(source: CorpusSource) -> CorpusSource:
    return CorpusSource(training=source.training)


@pytest.fixture(scope="module")
def sharing(recipe: TrainingRecipe) -> TrainingRecipe:
    return recipe.with_changes({"validation_share": 0.2})


@pytest.fixture(scope="module")
def first(one: CorpusSource, sharing: TrainingRecipe, home: Path) -> RegisteredVersion:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(home))
        return train(one, sharing)


def ran(result: RegisteredVersion) -> list[str]:
    return [name for name, report in result.stages.items() if report.state == "ran"]


def test_a_share_is_held_out_and_measured(first: RegisteredVersion, home: Path) -> None:
    run = client(current_home()).get_run(first.run_id)
    corpus = StageStore(Home(home)).find(
        CorpusRef, "normalize", lambda ref: ref.facts.validation_digest == run.data.tags["validation_digest"]
    )
    assert corpus is not None
    loaded = load_corpus(corpus.directory)
    assert with_keys(loaded.frame)["text_key"].is_unique
    n_validation = len(loaded.split("validation"))
    assert n_validation == pytest.approx(0.2 * len(loaded.frame), abs=6)
    quality = json.loads(load_text(f"{run.info.artifact_uri}/data/data_quality.json"))
    assert quality["workbooks"]["validation"]["kept"] == n_validation
    for account in quality["workbooks"].values():
        assert account["rows"] == account["kept"] + sum(account["set_aside"].values())
    assert sum(account["rows"] for account in quality["workbooks"].values()) == 400
    assert 0 < first.test.accuracy <= 1
    assert run.data.params["corpus.validation_share"] == "0.2"


def test_lineage_is_what_the_run_was_tagged_with(
    first: RegisteredVersion, one: CorpusSource, sharing: TrainingRecipe
) -> None:
    tags = client(current_home()).get_run(first.run_id).data.tags
    expected = lineage_of(current_home(), one, sharing.on_machine(settings())).tags
    assert {name: tags.get(name) for name in expected} == expected


def test_nothing_runs_again_and_retrain_skips(
    first: RegisteredVersion, one: CorpusSource, sharing: TrainingRecipe
) -> None:
    again = train(one, sharing)
    assert ran(again) == []
    assert again.model_version == first.model_version
    assert retrain(one, sharing).state == "skipped"


def test_another_share_is_another_corpus(first: RegisteredVersion, one: CorpusSource, sharing: TrainingRecipe) -> None:
    assert first.promoted
    result = retrain(one, sharing.with_changes({"validation_share": 0.25}))
    assert result.state == "trained"
    assert "레시피" in result.reason
    assert result.version is not None
    assert result.drift is not None
    digests = {client(current_home()).get_run(r.run_id).data.tags["validation_digest"] for r in (first, result.version)}
    assert len(digests) == 2
    assert "ingest" not in ran(result.version)
    decision: dict[str, Any] = json.loads(
        load_text(f"{client(current_home()).get_run(result.version.run_id).info.artifact_uri}/promotion/checks.json")
    )
    (unseen,) = [check for check in decision["checks"] if check["name"] == "unseen"]
    assert unseen["what"]["values"]["left_out"] > 0  # new validation texts that the champion has learned do not count


def test_neither_and_both_are_refused_before_a_run_opens(source: CorpusSource, recipe: TrainingRecipe) -> None:
    with pytest.raises(RecipeError, match="검증 데이터가 없습니다"):
        train(CorpusSource(training=source.training), recipe)
    with pytest.raises(RecipeError, match="함께 지정"):
        train(source, recipe.with_changes({"validation_share": 0.1}))


def test_the_same_workbook_for_both_is_refused(source: CorpusSource, recipe: TrainingRecipe) -> None:
    with pytest.raises(DataContractError, match="검증 데이터에도 있어"):
        train(CorpusSource(training=source.training, validation=source.training), recipe)


def test_the_form_lets_validation_be_left_out() -> None:
    definitions = parameter_schema(train).definitions
    assert definitions["CorpusSource"]["required"] == ["training"]
    share = definitions["CorpusRecipe"]["properties"]["validation_share"]
    assert [kind["type"] for kind in share["anyOf"]] == ["number", "null"]
