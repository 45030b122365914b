"""Who is champion: better takes the alias, equal and worse do not, other data is measured again."""

from pathlib import Path

import pytest
from mlflow.entities.model_registry import ModelVersion

from storyflower.data.labels import MAJORS
from storyflower.recipe_parts import PromotionRecipe
from storyflower.registry.promotion import CHALLENGER, Candidate, current_champion, decide, judge
from storyflower.registry.tracking import MODEL_NAME, client, tracked_run
from storyflower.registry.versions import register_version

ANY_GAIN = PromotionRecipe()


@pytest.mark.parametrize(
    ("challenger", "champion", "min_gain", "promoted"),
    [
        (0.60, None, 0.0, True),
        (0.61, 0.60, 0.0, True),
        (0.60, 0.60, 0.0, False),
        (0.59, 0.60, 0.0, False),
        (0.61, 0.60, 0.02, False),
        (0.63, 0.60, 0.02, True),
    ],
)
def test_only_a_better_challenger_wins(
    challenger: float, champion: float | None, min_gain: float, promoted: bool
) -> None:
    rival = None if champion is None else Candidate("1", champion)
    decision = decide(Candidate("2", challenger), rival, PromotionRecipe(min_gain=min_gain))
    assert decision.promoted is promoted
    assert f"{challenger:.4f}" in decision.reason


def refuse(version: ModelVersion) -> float:
    raise AssertionError(f"version {version.version} was measured on this very data already")


@pytest.fixture
def versions(model_directory: Path) -> list[ModelVersion]:
    tags = {"validation_digest": "data-1"}
    with tracked_run("test", {}) as run:
        return [
            register_version(run, model_directory, MAJORS, tags | {"model_digest": str(n), "macro_f1": str(score)})
            for n, score in enumerate((0.60, 0.60, 0.55, 0.70))
        ]


def test_the_aliases_follow_the_decisions(versions: list[ModelVersion]) -> None:
    first, equal, worse, better = versions
    assert judge(first, 0.60, "data-1", ANY_GAIN, refuse).promoted
    assert not judge(equal, 0.60, "data-1", ANY_GAIN, refuse).promoted
    assert not judge(worse, 0.55, "data-1", ANY_GAIN, refuse).promoted
    champion = current_champion()
    assert champion is not None
    assert champion.version == first.version
    assert client().get_model_version_by_alias(MODEL_NAME, CHALLENGER).version == worse.version

    assert judge(better, 0.70, "data-1", ANY_GAIN, refuse).promoted
    champion = current_champion()
    assert champion is not None
    assert champion.version == better.version
    told = client().get_model_version(MODEL_NAME, worse.version).tags
    assert told["promoted"] == "false"
    assert "0.5500 against 0.6000" in told["reason"]


def test_a_champion_of_other_data_is_measured_again(versions: list[ModelVersion]) -> None:
    first, second, third, _ = versions
    judge(first, 0.60, "data-1", ANY_GAIN, refuse)
    assert not judge(second, 0.65, "data-2", ANY_GAIN, lambda _: 0.66).promoted
    remembered = client().get_model_version(MODEL_NAME, first.version).tags
    assert remembered["validation_digest"] == "data-2"
    assert judge(third, 0.67, "data-2", ANY_GAIN, refuse).promoted


def test_a_champion_with_other_labels_stays(versions: list[ModelVersion]) -> None:
    first, second, *_ = versions
    judge(first, 0.60, "data-1", ANY_GAIN, refuse)
    decision = judge(second, 0.99, "data-2", ANY_GAIN, lambda _: None)
    assert not decision.promoted
    assert "other labels" in decision.reason


def test_the_champion_itself_stays_champion(versions: list[ModelVersion]) -> None:
    first, *_ = versions
    judge(first, 0.60, "data-1", ANY_GAIN, refuse)
    assert judge(first, 0.60, "data-1", ANY_GAIN, refuse).promoted
