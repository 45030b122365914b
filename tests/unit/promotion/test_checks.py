"""A check: figure and bound alone make the verdict."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from storyflower.evaluation.compare import Comparison, RecallChange
from storyflower.messages import say
from storyflower.messages.sentences import as_written
from storyflower.promotion.checks import (
    Check,
    Sign,
    check_against_champion,
    check_baseline,
    check_calibration,
    check_serving,
    check_tokenizer,
    failed,
)
from storyflower.recipe_parts import PromotionRecipe, TextRecipe
from storyflower.text.health import TokenizerHealth

pytestmark = pytest.mark.usefixtures("in_english")

POLICY = PromotionRecipe()
HEALTH = TokenizerHealth(100, 900, 0.001, 0.0, 0.01, 11.0, 64, golden_ids_match=True)


@pytest.mark.parametrize(
    ("figure", "sign", "bound", "verdict"),
    [
        (0.1, "<=", 0.1, "passed"),
        (0.11, "<=", 0.1, "failed"),
        (-0.05, ">=", -0.05, "passed"),
        (0.0, ">", 0.0, "failed"),
        (0.1, ">", 0.0, "passed"),
        (9.0, "<=", None, "not asked"),
    ],
)
def test_the_verdict_follows_from_figure_and_bound(
    figure: float, sign: Sign, bound: float | None, verdict: str
) -> None:
    check = Check("baseline", figure, sign, bound, as_written("what it is"))
    assert check.verdict == verdict
    assert check.passed is (verdict != "failed")
    assert check.in_short.startswith(say(f"verdict.{verdict}"))
    assert Check.from_json(check.to_json()) == check


def test_a_tokenizer_that_does_not_fit_fails_by_name() -> None:
    limits = TextRecipe()
    assert not failed(check_tokenizer(HEALTH, limits))
    sick = replace(HEALTH, unk_share=0.4, golden_ids_match=False)
    assert [check.name for check in failed(check_tokenizer(sick, limits))] == ["vocabulary", "unknown_tokens"]
    other = check_tokenizer(replace(HEALTH, golden_ids_match=None), limits)
    assert other[0].verdict == "not asked"


def test_a_loss_to_the_baseline_counts_and_chance_does_not(comparing: Callable[..., Comparison]) -> None:
    assert check_baseline(comparing(0.8, 0.6), POLICY).passed
    assert check_baseline(comparing(0.6, 0.61), POLICY).passed
    worse = check_baseline(comparing(0.5, 0.7), POLICY)
    assert not worse.passed
    assert "TF-IDF" in worse.meaning
    assert check_baseline(comparing(0.5, 0.7), PromotionRecipe(beat_baseline=False)).verdict == "not asked"


def test_calibration_latency_and_size_have_bounds() -> None:
    assert not failed([check_calibration(0.1, 0.03, POLICY), *check_serving(100, 400, POLICY)])
    checks = [check_calibration(0.2, 0.03, POLICY), *check_serving(900, 5000, POLICY)]
    assert [check.name for check in failed(checks)] == ["calibration", "latency_ms", "size_mb"]


def test_a_calibration_error_that_few_sentences_explain_refuses_no_model() -> None:
    few = check_calibration(0.2, 0.21, POLICY)
    assert (few.passed, few.bound) == (True, 0.21)
    assert "may exceed 0.15 as well" in few.meaning
    assert not check_calibration(0.22, 0.21, POLICY).passed


def test_a_fall_of_a_recall_that_chance_explains_refuses_no_model(comparing: Callable[..., Comparison]) -> None:
    def checked(difference: float, within_chance: float) -> Check:
        rare = RecallChange("상처", 40, 0.5 + difference, 0.5, difference, within_chance)
        frequent = RecallChange("기쁨", 900, 0.86, 0.9, -0.04, 0.02)
        compared = replace(comparing(0.8, 0.6), recalls=(frequent, rare))
        return next(check for check in check_against_champion(compared, POLICY) if check.name == "recall")

    by_chance = checked(-0.12, 0.15)
    assert (by_chance.passed, by_chance.figure, by_chance.bound) == (True, -0.12, -0.15)
    assert "on its 40 sentences chance explains more than 0.05" in by_chance.meaning
    assert not checked(-0.16, 0.15).passed
    beyond = checked(-0.12, 0.0)  # few differ, and all of them against the model; or a comparison of earlier releases
    assert (beyond.passed, beyond.bound) == (False, -0.05)
    assert "0.500 to 0.380, 40 sentences" in beyond.meaning
    assert checked(-0.01, 0.15).meaning.count("기쁨") == 1


def test_the_label_that_fails_is_shown_though_another_fell_further(comparing: Callable[..., Comparison]) -> None:
    rare = RecallChange("상처", 40, 0.3, 0.5, -0.2, 0.25)
    frequent = RecallChange("기쁨", 900, 0.8, 0.9, -0.1, 0.02)
    compared = replace(comparing(0.8, 0.6), recalls=(rare, frequent))
    check = check_against_champion(compared, POLICY)[-1]
    assert (check.name, check.passed) == ("recall", False)
    assert "기쁨" in check.meaning


def test_a_tie_is_not_better(comparing: Callable[..., Comparison]) -> None:
    tie = comparing(0.7, 0.7, n=1)
    same = replace(tie, macro_f1_difference=0.0)
    assert "gain" in {check.name for check in failed(check_against_champion(same, POLICY))}


def test_the_rule_of_the_policy_decides_about_a_small_gain(comparing: Callable[..., Comparison]) -> None:
    """A gain that could be chance is enough for `gain`, and not for `interval`."""
    small = comparing(0.72, 0.7)
    assert small.macro_f1_difference > 0 > small.macro_f1_interval.low
    lenient = PromotionRecipe(better_by="gain", max_recall_drop=1)
    assert not failed(check_against_champion(small, lenient))
    strict = PromotionRecipe(max_recall_drop=1)
    assert [check.name for check in failed(check_against_champion(small, strict))] == ["gain_interval"]
    margin = PromotionRecipe(better_by="gain", min_gain=0.5, max_recall_drop=1)
    assert [check.name for check in failed(check_against_champion(small, margin))] == ["gain"]
