"""The gate decides by checks whether a challenger becomes the champion, and gives the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from storyflower.evaluation.compare import Comparison
from storyflower.messages.sentences import Sentence
from storyflower.promotion.approval import Approval
from storyflower.promotion.checks import (
    Check,
    check_against_champion,
    check_answers,
    check_approval,
    check_baseline,
    check_calibration,
    check_not_rolled_back,
    check_same_columns,
    check_same_labels,
    check_serving,
    check_tokenizer,
    check_unseen,
    failed,
)
from storyflower.recipe import TrainingRecipe
from storyflower.text.health import TokenizerHealth

_BETTER = {"gain", "gain_interval"}
"""The checks that a challenger fails only if it is not better than the champion."""


@dataclass(frozen=True)
class Candidate:
    """The figures of a challenger that the checks use."""

    version: str
    macro_f1: float
    """On the validation workbook, 0 to 1."""
    health: TokenizerHealth
    against_baseline: Comparison
    ece: float
    """0 to 1, on the same workbook."""
    ece_within_chance: float
    """The ECE there that a perfectly calibrated model exceeds once in twenty times."""
    latency_ms: float
    size_mb: float
    answered: int
    """The number of examples with valid probabilities when the version was loaded from the registry."""
    examples: int
    """The number of examples."""
    rolled_back: bool = False
    """Whether it was rolled back since its last promotion."""
    approval: Approval | None = None
    """The decision of a person; None before there is one."""
    model: str = ""
    """The registered model of the version."""


@dataclass(frozen=True)
class ChampionComparison:
    """A comparison of champion and challenger, on the validation sentences that the champion was not trained on."""

    version: str
    same_labels: bool = True
    same_columns: bool = True
    """Whether a text is made of the same cells of a row for both, as far as the columns' names show it."""
    left_out: int | None = 0
    """The number of validation sentences that it was trained on, which are left out; None if its corpus is not kept."""
    comparison: Comparison | None = None
    """The challenger against the champion; None if labels or columns differ or it was trained on every sentence."""
    macro_f1: float = 0.0
    """The champion's macro-F1, 0 to 1, on the compared sentences."""
    challenger_macro_f1: float = 0.0
    broken: str | None = None
    """Why the champion cannot predict (its files are gone); the other fields are then not set. None if it can."""


@dataclass(frozen=True)
class Decision:
    """The decision whether the challenger becomes the champion, with its reason and checks."""

    promoted: bool
    why: Sentence
    checks: tuple[Check, ...] = ()
    awaits_approval: bool = False
    """Whether only a person's approval is missing: every other check passed."""
    rejected: bool = False
    """Whether a person rejected the challenger, or did not answer in time."""
    against: str | None = None
    """The version of the champion at the time of the decision; None if there was none."""

    @property
    def reason(self) -> str:
        """The reason, in the current language."""
        return str(self.why)

    def to_json(self) -> dict[str, Any]:
        """The decision as dicts, lists and plain values."""
        checks = [check.to_json() for check in self.checks]
        shown = {"why": self.why.to_json(), "reason": self.reason, "checks": checks}
        return {field.name: getattr(self, field.name) for field in fields(self)} | shown

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Decision":
        """Read a decision that `to_json` wrote; earlier versions stored the text of the reason only."""
        checks = tuple(Check.from_json(check) for check in values["checks"])
        why = Sentence.from_json(values.get("why", values["reason"]))
        rest = {name: value for name, value in values.items() if name != "reason"}
        return cls(**rest | {"why": why, "checks": checks})


def decide(challenger: Candidate, champion: ChampionComparison | None, recipe: TrainingRecipe) -> Decision:
    """Run every check; the challenger is promoted if all of them pass.

    Without a champion, or with one that can no longer predict, the checks of the comparison are left out. An approval
    is required only if the challenger passed every other check; an answer counts, and is recorded, in any case, since
    the champion may change between question and answer.
    """
    policy = recipe.promotion
    checks = [
        *check_tokenizer(challenger.health, recipe.text),
        check_baseline(challenger.against_baseline, policy),
        check_calibration(challenger.ece, challenger.ece_within_chance, policy),
        *check_serving(challenger.latency_ms, challenger.size_mb, policy),
        check_answers(challenger.answered, challenger.examples),
        check_not_rolled_back(challenger.rolled_back),
    ]
    if champion is not None and champion.broken is None:
        checks.append(check_same_labels(champion.same_labels))
        if champion.same_labels:
            checks.append(check_same_columns(champion.same_columns))
        if champion.same_labels and champion.same_columns:
            checks.append(check_unseen(champion.comparison, champion.left_out))
        if champion.comparison is not None:
            checks += check_against_champion(champion.comparison, policy)
    broken = failed(checks)
    why = _why(challenger, champion, broken)
    against = None if champion is None else champion.version
    approval = challenger.approval
    if approval is None and (broken or policy.approval_hours is None):
        return Decision(not broken, why, tuple(checks), against=against)
    checks.append(check_approval(approval))
    if approval is None:
        awaits = Sentence("gate.awaits", {"reason": why})
        return Decision(False, awaits, tuple(checks), awaits_approval=True, against=against)
    return Decision(
        promoted=not broken and approval.approved,
        why=Sentence("gate.answered", {"approval": approval.sentence, "reason": why}),
        checks=tuple(checks),
        rejected=not approval.approved,
        against=against,
    )


def _why(challenger: Candidate, champion: ChampionComparison | None, broken: Sequence[Check]) -> Sentence:
    """Return the reason of a decision, for the registry's page and the log."""
    checks = tuple(
        Sentence("gate.broken", {"name": Sentence(f"check.{c.name}"), "figure": c.figure, "rule": c.bound_in_words})
        for c in broken
    )
    if champion is None or champion.broken is not None:
        return _alone(challenger, champion, checks)
    if not (champion.same_labels and champion.same_columns):
        about = {"champion": champion.version, "version": challenger.version, "model": challenger.model}
        return Sentence("gate.other_columns" if champion.same_labels else "gate.other_labels", about)
    if champion.comparison is None:
        return Sentence("gate.seen_all", {"champion": champion.version})
    figures = _figures(champion, champion.comparison)
    if not broken:
        return Sentence("gate.better", {"figures": figures})
    not_better = {check.name for check in broken} <= _BETTER
    return Sentence("gate.not_better" if not_better else "gate.refused_against", {"figures": figures, "checks": checks})


def _alone(challenger: Candidate, champion: ChampionComparison | None, checks: tuple[Sentence, ...]) -> Sentence:
    """Return the reason of a decision without a champion, or with one that cannot predict."""
    refused = Sentence("gate.refused", {"checks": checks}) if checks else None
    figures = {"macro_f1": challenger.macro_f1}
    if champion is None:
        return refused or Sentence("gate.first", figures)
    about = {"champion": champion.version, "reason": champion.broken}
    return Sentence("gate.champion_broken", about | {"outcome": refused or Sentence("gate.absolute", figures)})


def _figures(champion: ChampionComparison, comparison: Comparison) -> Sentence:
    interval, left_out = comparison.macro_f1_interval, champion.left_out
    less = Sentence("gate.less", {"left_out": left_out}) if left_out else Sentence("gate.less_nothing")
    values = {
        "ours": champion.challenger_macro_f1,
        "theirs": champion.macro_f1,
        "champion": champion.version,
        "difference": comparison.macro_f1_difference,
        "low": interval.low,
        "high": interval.high,
    }
    return Sentence("gate.figures", values | {"less": less})
