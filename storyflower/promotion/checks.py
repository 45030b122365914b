"""The checks of the gate. Each compares one figure with one bound."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from storyflower.evaluation.compare import Comparison, RecallChange
from storyflower.evaluation.intervals import Interval
from storyflower.messages import say
from storyflower.messages.sentences import Sentence
from storyflower.promotion.approval import Approval
from storyflower.recipe_parts import PromotionRecipe, TextRecipe
from storyflower.text.health import TokenizerHealth

Sign = Literal["<=", ">=", ">"]
Verdict = Literal["passed", "failed", "not asked"]


@dataclass(frozen=True)
class Check:
    """One figure of a challenger and its bound."""

    name: str
    figure: float
    """Rounded to six decimals, so that rounding errors do not break a bound."""
    sign: Sign
    """The comparison that passes: figure `sign` bound."""
    bound: float | None
    """None if the policy sets no bound: the figure is only shown."""
    what: Sentence
    """The meaning of the figure, with its unit."""

    @property
    def meaning(self) -> str:
        """The meaning of the figure, in the current language."""
        return str(self.what)

    @property
    def title(self) -> str:
        """The name in the current language."""
        return say(f"check.{self.name}")

    @property
    def passed(self) -> bool:
        """Whether the figure is within the bound; True without a bound."""
        if self.bound is None:
            return True
        kept = {"<=": self.figure <= self.bound, ">=": self.figure >= self.bound, ">": self.figure > self.bound}
        return kept[self.sign]

    @property
    def verdict(self) -> Verdict:
        """The code of the verdict."""
        if self.bound is None:
            return "not asked"
        return "passed" if self.passed else "failed"

    @property
    def rule(self) -> str:
        """The bound in words, empty without one; without `>`, which Prefect's pages render as a quotation."""
        return "" if self.bound is None else str(self.bound_in_words)

    @property
    def bound_in_words(self) -> Sentence:
        """The sign and the bound as a sentence."""
        return Sentence(f"rule.{self.sign}", {"bound": self.bound})

    @property
    def in_short(self) -> str:
        """Verdict, figure and bound in a few words, such as `failed: 0.21 (required: ≤ 0.15)`."""
        required = say("rule.required", rule=self.rule) if self.rule else ""
        return f"{say(f'verdict.{self.verdict}')}: {self.figure:g}{required}"

    def to_json(self) -> dict[str, Any]:
        """The check as a dict, with its verdict."""
        shown = {"meaning": self.meaning, "verdict": self.verdict}
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"what": self.what.to_json()} | shown

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Check":
        """Read a check that `to_json` wrote; earlier versions stored the text of the meaning only."""
        what = Sentence.from_json(values.get("what", values["meaning"]))
        return cls(values["name"], values["figure"], values["sign"], values["bound"], what)


def check_tokenizer(health: TokenizerHealth, limits: TextRecipe) -> list[Check]:
    """Check the tokenizer on the corpus, with the bounds that training also uses."""
    golden = health.golden_ids_match
    known = Sentence("meaning.other_vocabulary" if golden is None else "meaning.vocabulary")
    cut = Sentence("meaning.truncated_texts", {"max_len": limits.max_len})
    return [
        _check("vocabulary", float(golden or 0), ">=", None if golden is None else 1.0, known),
        _check("unknown_tokens", health.unk_share, "<=", limits.max_unk_share),
        _check("unknown_texts", health.all_unk_share, "<=", limits.max_all_unk_share),
        _check("truncated_texts", health.truncated_share, "<=", limits.max_truncated_share, cut),
    ]


def check_baseline(against: Comparison, policy: PromotionRecipe) -> Check:
    """Check that the model is not worse than TF-IDF; fails if `Comparison.macro_f1_reading` is `worse`."""
    interval = against.macro_f1_interval
    what = Sentence("meaning.baseline", _interval(interval) | {"difference": against.macro_f1_difference})
    return _check("baseline", interval.high, ">=", 0.0 if policy.beat_baseline else None, what)


def check_calibration(ece: float, within_chance: float, policy: PromotionRecipe) -> Check:
    """Check that the calibration error is not too large, unless there are too few sentences to know.

    Args:
        ece: 0 to 1.
        within_chance: `CalibrationFigures.ece_within_chance`, which the bound is never below.
        policy: with the bound.
    """
    if within_chance <= policy.max_ece:
        return _check("calibration", ece, "<=", policy.max_ece)
    what = Sentence("meaning.calibration_of_few", {"max_ece": policy.max_ece})
    return _check("calibration", ece, "<=", round(within_chance, 6), what)


def check_serving(latency_ms: float, size_mb: float, policy: PromotionRecipe) -> list[Check]:
    """Check latency (ms) and size (MiB)."""
    return [
        _check("latency_ms", latency_ms, "<=", policy.max_latency_ms),
        _check("size_mb", size_mb, "<=", policy.max_size_mb),
    ]


def check_answers(answered: int, examples: int) -> Check:
    """Check that the registered version, loaded from the registry, returned probabilities for all examples."""
    what = Sentence("meaning.answers", {"asked": examples})  # the name in the decisions of earlier releases
    return _check("answers", float(answered), ">=", float(examples), what)


def check_not_rolled_back(rolled_back: bool) -> Check:
    """Check that the version was not rolled back since its last promotion: only a person promotes it again."""
    return _check("taken_back", float(rolled_back), "<=", 0.0)


def check_approval(approval: Approval | None) -> Check:
    """Check that a person approved, if the policy requires an approval."""
    what = Sentence("gate.not_asked_yet") if approval is None else approval.sentence
    return _check("approval", float(approval is not None and approval.approved), ">=", 1.0, what)


def check_same_labels(same: bool) -> Check:
    """Check that champion and challenger have the same labels; otherwise they cannot be compared."""
    return _check("same_labels", float(same), ">=", 1.0)


def check_same_columns(same: bool) -> Check:
    """Check that both models read the same text columns; otherwise they are not asked the same."""
    return _check("same_columns", float(same), ">=", 1.0)


def check_unseen(against: Comparison | None, left_out: int | None) -> Check:
    """Check that some validation sentences are new to the champion: on its training sentences it scores too high."""
    known = Sentence("meaning.unseen", {"left_out": left_out})
    what = Sentence("meaning.unseen_unknown") if left_out is None else known
    return _check("unseen", against.n if against else 0, ">=", 1.0, what)


def check_against_champion(against: Comparison, policy: PromotionRecipe) -> list[Check]:
    """Check that macro-F1 rises by the policy's rule, and that no label's recall falls by more than allowed."""
    interval = against.macro_f1_interval
    paired = Sentence("meaning.gain_interval", _interval(interval))
    return [
        _check("gain", against.macro_f1_difference, ">", policy.min_gain),
        _check("gain_interval", interval.low, ">", 0.0 if policy.better_by == "interval" else None, paired),
        _check_recalls(against.recalls, policy.max_recall_drop),
    ]


def _check_recalls(changes: Sequence[RecallChange], most: float) -> Check:
    """Check the label that lies furthest below what is allowed: a fall of `most`, or what chance explains."""

    def allowed(change: RecallChange) -> float:
        return max(most, change.fall_within_chance)

    worst = min(changes, key=lambda change: (round(change.difference + allowed(change), 6) >= 0, change.difference))
    figures = {"label": worst.label, "before": worst.reference_recall, "after": worst.recall, "support": worst.support}
    what = Sentence("meaning.recall", figures)
    if worst.fall_within_chance > most:
        what = Sentence("meaning.recall_of_few", figures | {"most": most})
    return _check("recall", min(worst.difference, 0.0), ">=", -round(allowed(worst), 6), what)


def failed(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that did not pass."""
    return [check for check in checks if not check.passed]


def _check(name: str, figure: float, sign: Sign, bound: float | None, what: Sentence | None = None) -> Check:
    return Check(name, round(float(figure), 6), sign, bound, what or Sentence(f"meaning.{name}"))


def _interval(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high}
