"""The gate in the train flow: a better model is promoted, a worse one or one that was rolled back is not.

The tests share one home and depend on their order.
"""

import json
from pathlib import Path

import pandas as pd
import pytest
from mlflow.artifacts import load_text
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from flows.train import train
from storyflower.errors import TrackingError
from storyflower.messages import say
from storyflower.pipeline.results import RegisteredVersion
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion import alias as promotion
from storyflower.promotion.alias import CHAMPION, champion_number, roll_back
from storyflower.promotion.decisions import read_decision
from storyflower.promotion.history import moves
from storyflower.recipe import TrainingRecipe
from storyflower.registry.versions import ask, prove_it_answers
from storyflower.reports.model_card import without_front_matter
from storyflower.settings import DEFAULT_MODEL
from storyflower.storage.home import Home
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = [pytest.mark.server, pytest.mark.slow]

SENTENCES = ["오늘 친구가 생일을 챙겨 줘서 고마웠어", "내일 발표가 너무 떨려", "왜 자꾸 화가 나는지 모르겠어"]


@pytest.fixture(scope="module")
def poor(recipe: TrainingRecipe) -> TrainingRecipe:
    """A recipe that hardly trains; the limit on recalls is off, because such a model predicts one emotion only."""
    return recipe.with_changes({"learning_rate": 1e-6, "epochs": 1, "max_recall_drop": 1.0})


@pytest.fixture(scope="module")
def good(poor: TrainingRecipe) -> TrainingRecipe:
    return poor.with_changes({"learning_rate": 3e-3, "epochs": 8})


@pytest.fixture(scope="module")
def nights(source: CorpusSource, poor: TrainingRecipe, good: TrainingRecipe, home: Path) -> list[RegisteredVersion]:
    """A poor model, a good one, and another poor one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORYFLOWER_HOME", str(home))
        return [train(source, recipe) for recipe in (poor, good, poor.with_changes({"seed": 7}))]


def checks_of(version: str) -> dict[str, str]:
    decision = read_decision(current_home(), client(current_home()).get_model_version(DEFAULT_MODEL, version))
    return {check.name: check.verdict for check in decision.checks}


def test_better_is_promoted_and_worse_is_not(nights: list[RegisteredVersion]) -> None:
    first, better, worse = nights
    assert [night.promoted for night in nights] == [True, True, False]
    assert first.reason.startswith("첫 챔피언")
    assert better.reason.startswith("더 좋음: 같은 검증 통합 문서에서 macro-F1")
    assert worse.reason.startswith("더 좋지 않음")
    assert champion_number(current_home()) == better.model_version
    assert "gain" not in checks_of(first.model_version)
    assert set(checks_of(better.model_version).values()) == {"passed", "not asked"}
    assert checks_of(worse.model_version)["gain"] == "failed"
    assert [(move.kind, move.former, move.to) for move in moves(current_home())] == [
        ("promotion", None, first.model_version),
        ("promotion", first.model_version, better.model_version),
    ]
    assert moves(current_home())[0].by.startswith("Prefect ")
    assert moves(current_home())[0].by.endswith(f"MLflow {first.run_id}")


def test_the_checks_are_in_prefect_in_mlflow_and_on_the_version(nights: list[RegisteredVersion]) -> None:
    better = nights[1]
    with get_client(sync_client=True) as prefect:
        shown = prefect.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["promotion-checks"])))
    tables = [json.loads(str(artifact.data)) for artifact in shown]
    assert any({row["검사"] for row in table} >= {"향상", "재현율", "보정"} for table in tables)
    artifacts = client(current_home()).get_run(better.run_id).info.artifact_uri
    assert json.loads(load_text(f"{artifacts}/promotion/checks.json"))["promoted"]
    assert "| 향상 | 통과 |" in load_text(f"{artifacts}/promotion/checks.md")
    tags = client(current_home()).get_model_version(DEFAULT_MODEL, better.model_version).tags
    assert tags["check.gain"].startswith("통과: 0.")
    assert float(tags["latency_ms"]) > 0


def test_every_version_has_its_card(nights: list[RegisteredVersion]) -> None:
    for night in nights:
        artifacts = client(current_home()).get_run(night.run_id).info.artifact_uri
        card = load_text(f"{artifacts}/model_card/README.md")
        assert f"**{night.test.macro_f1:.3f}**" in card
        uri = client(current_home()).get_model_version_download_uri(DEFAULT_MODEL, night.model_version)
        (beside,) = Path(uri.removeprefix("file://")).rglob("README.md")
        assert without_front_matter(beside.read_text("utf-8")) == card
        assert (beside.parent / "model.safetensors").is_file()


def test_a_run_again_decides_the_same(
    nights: list[RegisteredVersion], source: CorpusSource, poor: TrainingRecipe, good: TrainingRecipe
) -> None:
    again = [train(source, recipe) for recipe in (good, poor.with_changes({"seed": 7}))]
    assert [night.promoted for night in again] == [True, False]
    assert "이미" in again[0].reason
    assert again[1].reason == nights[2].reason
    assert len(moves(current_home())) == 2


def test_the_figures_of_a_version_are_all_of_one_workbook(
    nights: list[RegisteredVersion], source: CorpusSource, poor: TrainingRecipe, tmp_path: Path
) -> None:
    """The same model on a shorter validation workbook: its version has the new figures, the champion keeps its own."""
    champion = client(current_home()).get_model_version_by_alias(DEFAULT_MODEL, CHAMPION)
    shorter = CorpusSource(training=source.training, validation=str(without_a_row(source, tmp_path)))
    again = train(shorter, poor.with_changes({"seed": 7}))
    assert again.model_version == nights[2].model_version
    version = client(current_home()).get_model_version(DEFAULT_MODEL, again.model_version)
    assert version.description.startswith(f"macro-F1 {again.test.macro_f1:.4f} (기준선 {again.baseline.macro_f1:.4f})")
    assert version.description.count("| 검사 |") == 1  # the new table has replaced the former one
    assert all(f"| {say(name)} |" in version.description for name in version.tags if "check." in name)
    figures = [again.test.accuracy, again.test.macro_f1, again.baseline.macro_f1]
    assert [float(version.tags[name]) for name in ("accuracy", "macro_f1", "baseline_macro_f1")] == figures
    assert again.test.accuracy != nights[2].test.accuracy
    assert client(current_home()).get_model_version(DEFAULT_MODEL, champion.version).tags == champion.tags


def without_a_row(source: CorpusSource, folder: Path) -> Path:
    """The validation workbook without its last row that is like no other: training stays what it was."""
    training, validation = (pd.read_excel(str(path)) for path in (source.training, source.validation))
    rows = validation[["사람문장1", "사람문장2"]]
    known = pd.concat([training, validation])["사람문장1"].value_counts()
    once = rows[rows["사람문장1"].map(known) == 1].dropna()
    validation.drop(once.index[-1]).to_excel(folder / "shorter.xlsx", index=False)
    return folder / "shorter.xlsx"


def test_a_version_that_was_rolled_back_is_not_promoted_again(
    nights: list[RegisteredVersion], source: CorpusSource, good: TrainingRecipe
) -> None:
    first, better, _ = nights
    before = ask(current_home(), "@champion", SENTENCES)
    roll_back(current_home(), None, "a person was not happy")
    assert champion_number(current_home()) == first.model_version
    after = ask(current_home(), "@champion", SENTENCES)
    assert not after["confidence"].equals(before["confidence"])
    pd.testing.assert_frame_equal(after, ask(current_home(), first.model_version, SENTENCES))

    again = train(source, good)
    assert again.model_version == better.model_version
    assert not again.promoted
    assert "되돌림" in again.reason
    assert champion_number(current_home()) == first.model_version


def test_a_move_that_breaks_leaves_the_champion_and_can_be_made_later(
    nights: list[RegisteredVersion], source: CorpusSource, good: TrainingRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion, known = champion_number(current_home()), moves(current_home())
    other = good.with_changes({"seed": 8})
    with monkeypatch.context() as patch:
        patch.setattr(promotion, "prove_it_answers", only_by_number)
        with pytest.raises(TrackingError, match="does not answer"):
            train(source, other)
    assert champion_number(current_home()) == champion
    assert moves(current_home()) == known
    newest = max(
        client(current_home()).search_model_versions(f"name='{DEFAULT_MODEL}'"),
        key=lambda version: int(version.version),
    )
    assert newest.tags["promoted"] == "false"
    assert newest.tags["reason"].startswith("별칭을 옮기지 못해")
    kept = read_decision(current_home(), newest)
    assert (kept.promoted, kept.reason) == (False, newest.tags["reason"])
    assert client(current_home()).get_run(newest.tags["judged_run"]).data.tags["promoted"] == "false"

    later = train(source, other)
    assert later.promoted
    assert later.model_version == str(newest.version) == champion_number(current_home())


def only_by_number(_: Home, name: str) -> None:
    if name == "@champion":
        raise TrackingError("the champion does not answer", where=name)
    prove_it_answers(current_home(), name)
