"""The decision: better wins, equal and worse do not, each with its reasons, and always the same."""

from collections.abc import Callable

import numpy as np
import pytest

from storyflower.data.labels import MAJORS
from storyflower.evaluation.compare import Comparison, compare_predictions
from storyflower.promotion.approval import Approval
from storyflower.promotion.gate import Candidate, ChampionComparison, Decision, decide
from storyflower.recipe import KOBERT

pytestmark = pytest.mark.usefixtures("in_english")

Making = Callable[..., Candidate]
Comparing = Callable[..., Comparison]


def broken(decision: Decision) -> list[str]:
    return [check.name for check in decision.checks if not check.passed]


def test_a_first_model_has_only_the_absolute_checks(candidate: Making) -> None:
    decision = decide(candidate(), None, KOBERT)
    assert decision.promoted
    assert decision.reason.startswith("first champion")
    assert {"gain", "recall", "same_labels"}.isdisjoint({check.name for check in decision.checks})
    assert {"unknown_tokens", "baseline", "calibration", "latency_ms", "size_mb", "answers"} <= {
        check.name for check in decision.checks
    }


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"ece": 0.4}, "calibration"),
        ({"latency_ms": 2000.0}, "latency_ms"),
        ({"size_mb": 9000.0}, "size_mb"),
        ({"answered": 1}, "answers"),
        ({"rolled_back": True}, "taken_back"),
    ],
)
def test_a_first_model_that_fails_a_check_is_refused(candidate: Making, change: dict[str, float], name: str) -> None:
    decision = decide(candidate(**change), None, KOBERT)
    assert not decision.promoted
    assert broken(decision) == [name]
    assert decision.reason.startswith("refused")
    assert name in decision.reason


def test_a_model_worse_than_the_baseline_is_refused(candidate: Making, comparing: Comparing) -> None:
    decision = decide(candidate(against_baseline=comparing(0.5, 0.7)), None, KOBERT)
    assert broken(decision) == ["baseline"]


@pytest.mark.parametrize("examples", [20, 100, 500])
@pytest.mark.parametrize("mistakes", [0, 1])
def test_as_good_as_the_baseline_but_for_one_answer_is_not_worse(
    candidate: Making, examples: int, mistakes: int
) -> None:
    labels = np.arange(examples) % 2
    answers = labels.copy()
    answers[:mistakes] = 1 - labels[:mistakes]
    against = compare_predictions(labels, answers, labels, ("기쁨", "분노"))
    assert against.macro_f1_reading == "level"
    assert decide(candidate(against_baseline=against), None, KOBERT).promoted


def test_a_better_challenger_wins(candidate: Making, comparing: Comparing) -> None:
    decision = decide(
        candidate(),
        ChampionComparison("1", comparison=comparing(0.8, 0.6), macro_f1=0.6, challenger_macro_f1=0.8),
        KOBERT,
    )
    assert decision.promoted
    assert decision.against == "1"
    assert decision.reason.startswith("better: macro-F1 0.8000 against 0.6000 of champion version 1")


def test_an_equal_challenger_leaves_the_champion(candidate: Making) -> None:
    labels = np.arange(600) % len(MAJORS)
    same = compare_predictions(labels, labels, labels, MAJORS)
    decision = decide(candidate(), ChampionComparison("1", comparison=same), KOBERT)
    assert not decision.promoted
    assert decision.reason.startswith("not better")
    assert broken(decision) == ["gain", "gain_interval"]


def test_a_worse_challenger_leaves_the_champion(candidate: Making, comparing: Comparing) -> None:
    decision = decide(candidate(), ChampionComparison("1", comparison=comparing(0.6, 0.8)), KOBERT)
    assert not decision.promoted
    assert {"gain", "gain_interval", "recall"} <= set(broken(decision))


def test_an_emotion_given_up_blocks_a_better_mean(candidate: Making) -> None:
    """Everything is better but 상처, which the champion finds and the challenger does not."""
    labels = np.arange(600) % len(MAJORS)
    champion = np.where(np.arange(600) % 3 == 0, (labels + 1) % len(MAJORS), labels)
    lost = MAJORS.index("상처")
    champion[labels == lost] = lost
    challenger = labels.copy()
    challenger[(labels == lost) & (np.arange(600) % 4 == 1)] = 0
    comparison = compare_predictions(labels, challenger, champion, MAJORS)
    assert comparison.macro_f1_interval.low > 0
    decision = decide(candidate(), ChampionComparison("1", comparison=comparison), KOBERT)
    assert not decision.promoted
    assert broken(decision) == ["recall"]
    assert decision.reason.startswith("refused")
    assert "상처" in next(check.meaning for check in decision.checks if check.name == "recall")
    lenient = KOBERT.with_changes({"max_recall_drop": 1.0})
    assert decide(candidate(), ChampionComparison("1", comparison=comparison), lenient).promoted


@pytest.mark.parametrize(("check", "named"), [("same_labels", "other labels"), ("same_columns", "other text columns")])
def test_models_that_are_not_asked_the_same_are_not_compared(candidate: Making, check: str, named: str) -> None:
    decision = decide(candidate(), ChampionComparison("1", **{check: False}), KOBERT)  # type: ignore[arg-type]
    assert not decision.promoted
    assert broken(decision) == [check]
    assert named in decision.reason
    assert "registry promote 2" in decision.reason


def test_sentences_that_the_champion_was_trained_on_are_reported(candidate: Making, comparing: Comparing) -> None:
    def decided(**facts: object) -> Decision:
        return decide(candidate(), ChampionComparison("1", **facts), KOBERT)  # type: ignore[arg-type]

    def meaning(decision: Decision) -> str:
        return next(check.meaning for check in decision.checks if check.name == "unseen")

    less = decided(left_out=1200, comparison=comparing(0.8, 0.6))
    assert less.promoted
    assert "workbook (sentences that it was trained on are left out: 1,200)" in less.reason
    assert meaning(less) == (
        "validation sentences compared; 1,200 others are left out because the champion was trained on them"
    )
    assert "is not known" in meaning(decided(left_out=None, comparison=comparing(0.8, 0.6)))
    nothing = decided(left_out=600)
    assert broken(nothing) == ["unseen"]
    assert nothing.reason == "not comparable: champion version 1 was trained on every validation sentence"


def test_the_same_answers_give_the_same_decision(candidate: Making, comparing: Comparing) -> None:
    one, other = (
        decide(candidate(), ChampionComparison("1", comparison=comparing(0.75, 0.72)), KOBERT) for _ in range(2)
    )
    assert one == other
    assert Decision.from_json(one.to_json()) == one


def test_approval_is_requested_last_and_only_if_all_checks_passed(candidate: Making) -> None:
    asking = KOBERT.with_changes({"approval_hours": 12})
    waiting = decide(candidate(), None, asking)
    assert (waiting.promoted, waiting.awaits_approval) == (False, True)
    assert waiting.reason.startswith("awaits approval: first champion")
    assert Decision.from_json(waiting.to_json()) == waiting

    refused = decide(candidate(size_mb=9000.0), None, asking)
    assert (refused.promoted, refused.awaits_approval) == (False, False)
    assert "approval" not in {check.name for check in refused.checks}

    approved = decide(candidate(approval=Approval(True, "지은", "좋다")), None, asking)
    assert (approved.promoted, approved.awaits_approval) == (True, False)
    assert approved.reason.startswith("approved by 지은 (좋다): first champion")
    rejected = decide(candidate(approval=Approval(False, "지은")), None, asking)
    assert (rejected.promoted, rejected.awaits_approval) == (False, False)
    assert broken(rejected) == ["approval"]
    assert rejected.reason.startswith("rejected by 지은: ")
    assert (waiting.rejected, approved.rejected, rejected.rejected) == (False, False, True)


@pytest.mark.parametrize("approved", [True, False])
def test_an_answer_is_kept_though_the_champion_has_changed_since_the_question(
    candidate: Making, comparing: Comparing, approved: bool
) -> None:
    better = ChampionComparison("2", comparison=comparing(0.5, 0.7))
    answered = candidate(approval=Approval(approved, "지은", "아직 아님"))
    decision = decide(answered, better, KOBERT.with_changes({"approval_hours": 12}))
    assert (decision.promoted, decision.rejected) == (False, not approved)
    assert ("approval" in broken(decision)) is not approved
    assert "지은" in decision.reason
    assert "아직 아님" in decision.reason
