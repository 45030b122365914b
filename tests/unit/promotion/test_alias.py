"""The alias on a real store: it moves to versions that answer, goes back, and stays where a move fails."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities.model_registry import ModelVersion

from storyflower.data.labels import MAJORS
from storyflower.errors import TrackingError
from storyflower.promotion import alias as promotion
from storyflower.promotion.alias import (
    CHALLENGER,
    CHAMPION,
    champion_number,
    current_champion,
    promote_by_hand,
    restore_champion_alias,
    roll_back,
)
from storyflower.promotion.comparison import ValidationSet
from storyflower.promotion.decisions import read_decision, write_decision
from storyflower.promotion.gate import Candidate, Decision
from storyflower.promotion.history import Move, moves, rolled_back_versions
from storyflower.promotion.judging import assign_and_judge
from storyflower.recipe import TINY, TrainingRecipe
from storyflower.registry.versions import ask, prove_it_answers, register_version
from storyflower.serving.predictor import load_predictor
from storyflower.settings import DEFAULT_MODEL
from storyflower.storage.home import Home
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")

SENTENCES = ["오늘 정말 기뻤어", "내일 면접이라 불안해", "친구가 떠나서 슬퍼", "약속을 어겨서 화가 나"]


def test_rollback_restores_the_former_champion_and_its_answers(versions: list[ModelVersion]) -> None:
    first, second = (str(version.version) for version in versions)
    promote_by_hand(current_home(), first, "the only one")
    before = ask(current_home(), "@champion", SENTENCES)
    promote_by_hand(current_home(), second, "looks better")
    changed = ask(current_home(), "@champion", SENTENCES)
    assert not changed["confidence"].equals(before["confidence"])
    move = roll_back(current_home(), None, "answers 불안 to everything")
    assert (move.kind, move.former, move.to) == ("rollback", second, first)
    pd.testing.assert_frame_equal(ask(current_home(), "@champion", SENTENCES), before)
    assert [(move.kind, move.to) for move in moves(current_home())] == [
        ("promotion", first),
        ("promotion", second),
        ("rollback", first),
    ]
    assert moves(current_home())[-1].why == "answers 불안 to everything"
    assert rolled_back_versions(moves(current_home())) == {second}
    with pytest.raises(TrackingError, match="no former champion"):
        roll_back(current_home(), None, "further")


def test_versions_without_a_champion_are_distinguished_from_no_model(versions: list[ModelVersion]) -> None:
    assert versions
    with pytest.raises(TrackingError, match="none is champion now") as raised:
        ask(current_home(), "@champion", SENTENCES)
    assert f"registry list --model {DEFAULT_MODEL}" in raised.value.remedy


def test_a_version_that_is_not_there_changes_nothing(versions: list[ModelVersion]) -> None:
    promote_by_hand(current_home(), "1", "the only one")
    with pytest.raises(TrackingError, match="there is no version '9'"):
        promote_by_hand(current_home(), "9", "a slip")
    with pytest.raises(TrackingError, match="the champion already"):
        promote_by_hand(current_home(), "1", "again")
    assert champion_number(current_home()) == "1"
    assert len(moves(current_home())) == 1


@pytest.mark.parametrize("former", ["1", None])
def test_a_failure_in_the_middle_of_a_move_leaves_the_alias(
    versions: list[ModelVersion], monkeypatch: pytest.MonkeyPatch, former: str | None
) -> None:
    """The version answers by its number, and `@champion`, loaded after the move, does not."""
    if former is not None:
        promote_by_hand(current_home(), former, "the only one")
    known = moves(current_home())
    monkeypatch.setattr(promotion, "prove_it_answers", only_by_number)
    with pytest.raises(TrackingError, match="does not answer"):
        promote_by_hand(current_home(), "2", "better")
    assert champion_number(current_home()) == former
    assert moves(current_home()) == known


def only_by_number(_: Home, name: str) -> None:
    if name == "@champion":
        assert champion_number(current_home()) == "2"  # it has moved
        raise TrackingError("the champion does not answer", where=name)
    prove_it_answers(current_home(), name)


class When(logging.Handler):
    """Calls something when the log has a line that begins so."""

    def __init__(self, begins: str, call: Callable[[], object]) -> None:
        super().__init__()
        self._begins, self._call = begins, call

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(self._begins):
            self._call()


@pytest.fixture
def just_before_the_move() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Have something called between the judgement and the move: when the version is asked once more."""
    logger, handlers = logging.getLogger("storyflower.promotion.alias"), list[logging.Handler]()

    def have(call: Callable[[], object]) -> None:
        handlers.append(When("champion: version", call))
        logger.addHandler(handlers[-1])
        logger.setLevel(logging.INFO)

    yield have
    for handler in handlers:
        logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_an_alias_that_was_moved_since_the_judgement_stays_where_it_is(
    versions: list[ModelVersion], just_before_the_move: Callable[[Callable[[], object]], None]
) -> None:
    just_before_the_move(lambda: client(current_home()).set_registered_model_alias(DEFAULT_MODEL, CHAMPION, "1"))
    with pytest.raises(TrackingError, match="has changed from version none to version 1") as moved:
        promote_by_hand(current_home(), "2", "better")
    assert moved.value.retryable
    assert champion_number(current_home()) == "1"
    assert moves(current_home()) == []


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_move_leaves_a_whole_champion(versions: list[ModelVersion]) -> None:
    promote_by_hand(current_home(), "1", "the only one")
    script = """
import os, signal
from storyflower.storage.home import Home
from tests.homes import current_home
from storyflower.promotion import alias as promotion
proof = promotion.prove_it_answers
promotion.prove_it_answers = (
    lambda home, name: os.kill(os.getpid(), signal.SIGKILL) if name == "@champion" else proof(home, name)
)
promotion.promote_by_hand(current_home(), "2", "better")
"""
    done = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert champion_number(current_home()) == "2"
    assert ask(current_home(), "@champion", SENTENCES)["label"].isin(MAJORS).all()
    assert roll_back(current_home(), None, "killed in the middle").to == "1"  # the history has found the move
    assert [move.kind for move in moves(current_home())] == ["promotion", "found", "rollback"]


def test_the_gate_names_the_challenger_and_asks_the_champion(
    versions: list[ModelVersion], validation: ValidationSet, candidate: Callable[..., Candidate], run: TrackedRun
) -> None:
    first, second = versions
    recipe = TINY.with_changes({"max_recall_drop": 1.0})
    judged = judging(run, validation, candidate, recipe)
    assert judged(first).reason.startswith("first champion")
    promote_by_hand(current_home(), "1", "as the gate decided")
    better = judged(second)
    assert better.promoted, better.reason
    assert "against" in better.reason
    assert client(current_home()).get_model_version_by_alias(DEFAULT_MODEL, CHALLENGER).version == second.version
    promote_by_hand(current_home(), "2", "as the gate decided")

    worse = judged(first)
    assert not worse.promoted
    assert worse.reason.startswith("not better")
    assert judged(first) == worse  # and again the same
    kept = client(current_home()).get_model_version(DEFAULT_MODEL, first.version)
    assert kept.tags["promoted"] == "false"
    assert kept.tags["check.gain"].startswith("failed: -")
    assert read_decision(current_home(), kept) == worse
    assert "already" in judged(second).reason
    champion = current_champion(current_home())
    assert champion is not None
    assert "macro_f1" not in champion.tags  # a version's figures are those of its own evaluation


def test_a_version_rolled_back_in_mlflows_pages_is_not_promoted_again(
    versions: list[ModelVersion], validation: ValidationSet, candidate: Callable[..., Candidate], run: TrackedRun
) -> None:
    promote_by_hand(current_home(), "1", "the only one")
    promote_by_hand(current_home(), "2", "looks better")
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, CHAMPION, "1")
    again = judging(run, validation, candidate, TINY.with_changes({"max_recall_drop": 1.0}))(versions[1])
    assert not again.promoted
    assert "taken_back" in again.reason
    with pytest.raises(TrackingError, match="no former champion"):
        roll_back(current_home(), None, "further")


def judging(
    run: TrackedRun, validation: ValidationSet, candidate: Callable[..., Candidate], recipe: TrainingRecipe
) -> Callable[[ModelVersion], Decision]:
    def judged(version: ModelVersion) -> Decision:
        predicted = ask(current_home(), version.version, validation.texts)["label"].tolist()
        decision = assign_and_judge(
            current_home(), version, candidate(version=str(version.version)), validation, predicted, recipe
        )
        write_decision(run, version, decision)
        return decision

    return judged


def test_a_champion_with_other_labels_stays(
    versions: list[ModelVersion], validation: ValidationSet, candidate: Callable[..., Candidate]
) -> None:
    promote_by_hand(current_home(), "1", "the only one")
    other = ValidationSet("data-2", validation.texts, validation.labels % 3, ("가", "나", "다"))
    decision = assign_and_judge(current_home(), versions[1], candidate(), other, ["가"] * len(other.texts), TINY)
    assert not decision.promoted
    assert "other labels" in decision.reason


def test_a_version_without_a_table_of_checks_says_so(versions: list[ModelVersion]) -> None:
    with pytest.raises(TrackingError, match="no table of checks"):
        read_decision(current_home(), versions[0])


def test_put_back_of_nothing_is_nothing(versions: list[ModelVersion]) -> None:
    restore_champion_alias(current_home(), None)
    assert current_champion(current_home()) is None
    assert Move("promotion", None, "1", "", "").when == ""


def test_a_card_lies_beside_the_weights(model_directory: Path, run: TrackedRun) -> None:
    before = sorted(file.name for file in model_directory.iterdir())
    version = register_version(run, model_directory, MAJORS, {"model_digest": "abc"}, card="# 카드\n")
    folder = Path(
        client(current_home()).get_model_version_download_uri(DEFAULT_MODEL, version.version).removeprefix("file://")
    )
    (card,) = folder.rglob("README.md")
    assert card.read_text("utf-8") == "# 카드\n"
    assert (card.parent / "model.safetensors").is_file()
    assert load_predictor(card.parent).labels == MAJORS
    assert sorted(file.name for file in model_directory.iterdir()) == before
