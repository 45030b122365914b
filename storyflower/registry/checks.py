"""The named checks of the gate: each has a figure, a bound, and by these two alone a verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from storyflower.evaluation.compare import Comparison
from storyflower.recipe_parts import PromotionRecipe, TextRecipe
from storyflower.registry.approval import Approval
from storyflower.text.health import TokenizerHealth

Sign = Literal["<=", ">=", ">"]
_SHOWN: dict[Sign, str] = {"<=": "≤", ">=": "≥", ">": "above"}
"""Never `>`: Prefect's pages take a cell for Markdown, and that for a quotation."""
Verdict = Literal["passed", "failed", "not asked"]


@dataclass(frozen=True)
class Check:
    """One question to a challenger."""

    name: str
    figure: float
    """What was measured, to six decimals, so that a bound is met in spite of the last bits."""
    sign: Sign
    """How the figure must stand to the bound."""
    bound: float | None
    """None where the policy does not ask for it: the figure is told and decides nothing."""
    meaning: str
    """What the figure is, with its unit and where it comes from."""

    @property
    def passed(self) -> bool:
        """Whether the figure keeps the bound; what is not asked for is always kept."""
        if self.bound is None:
            return True
        kept = {"<=": self.figure <= self.bound, ">=": self.figure >= self.bound, ">": self.figure > self.bound}
        return kept[self.sign]

    @property
    def verdict(self) -> Verdict:
        """The verdict in words."""
        if self.bound is None:
            return "not asked"
        return "passed" if self.passed else "failed"

    @property
    def rule(self) -> str:
        """The bound as it is shown, such as `≤ 0.15`."""
        return "" if self.bound is None else f"{_SHOWN[self.sign]} {self.bound:g}"

    @property
    def in_short(self) -> str:
        """Verdict, figure and bound in a few words, such as `failed: 0.21 (asked: ≤ 0.15)`."""
        asked = f" (asked: {self.rule})" if self.rule else ""
        return f"{self.verdict}: {self.figure:g}{asked}"

    def to_json(self) -> dict[str, Any]:
        """The check as a plain dict, its verdict beside it."""
        return asdict(self) | {"verdict": self.verdict}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Check":
        """The check that `to_json` wrote."""
        return cls(**{field.name: values[field.name] for field in fields(cls)})


def check_tokenizer(health: TokenizerHealth, limits: TextRecipe) -> list[Check]:
    """Whether the tokenizer fits the corpus: the same bounds by which training is refused."""
    golden = health.golden_ids_match
    vocabulary = "whether KoBERT's vocabulary gives the documented ids (1 = yes)"
    if golden is None:
        vocabulary = "whether this is KoBERT's vocabulary, whose ids are documented (1 = yes)"
    return [
        _check("vocabulary", float(golden or 0), ">=", None if golden is None else 1.0, vocabulary),
        _check("unknown_tokens", health.unk_share, "<=", limits.max_unk_share, "share of [UNK] among the tokens"),
        _check(
            "unknown_texts",
            health.all_unk_share,
            "<=",
            limits.max_all_unk_share,
            "share of the texts without a known token",
        ),
        _check(
            "truncated_texts",
            health.truncated_share,
            "<=",
            limits.max_truncated_share,
            f"share of the texts cut at {limits.max_len} tokens",
        ),
    ]


def check_baseline(against: Comparison, policy: PromotionRecipe) -> Check:
    """Whether the model holds its own against TF-IDF: the whole paired interval below 0 is a loss, not chance."""
    interval = against.macro_f1_interval
    meaning = (
        f"upper end of the paired 95 % interval of macro-F1 less the TF-IDF baseline's "
        f"({against.macro_f1_difference:+.4f}, {interval.low:+.4f} to {interval.high:+.4f})"
    )
    return _check("baseline", interval.high, ">", 0.0 if policy.beat_baseline else None, meaning)


def check_serving(ece: float, latency_ms: float, size_mb: float, policy: PromotionRecipe) -> list[Check]:
    """Calibration, latency and size: what the model's users would feel."""
    return [
        _check("calibration", ece, "<=", policy.max_ece, "expected calibration error on the validation workbook"),
        _check(
            "latency_ms", latency_ms, "<=", policy.max_latency_ms, "ms of one core's time for one sentence (median)"
        ),
        _check("size_mb", size_mb, "<=", policy.max_size_mb, "MiB of the model's files"),
    ]


def check_answers(answered: int, asked: int) -> Check:
    """Whether the registered version, loaded back, gave probabilities over its labels."""
    meaning = f"of {asked} sentences, those answered by the version after it was loaded back"
    return _check("answers", float(answered), ">=", float(asked), meaning)


def check_not_taken_back(taken_back: bool) -> Check:
    """A version that a person rolled back does not come back by itself."""
    meaning = "times rolled back since it was last promoted (`storyflower registry promote` brings it back)"
    return _check("taken_back", float(taken_back), "<=", 0.0, meaning)


def check_approval(approval: Approval | None) -> Check:
    """A person's word, where the policy asks for it."""
    return _check("approval", float(approval is not None and approval.approved), ">=", 1.0, str(approval or "awaited"))


def check_same_labels(same: bool) -> Check:
    """Models of other labels cannot be compared."""
    return _check("same_labels", float(same), ">=", 1.0, "whether the champion knows the same labels (1 = yes)")


def check_unseen(against: Comparison | None, left_out: int | None) -> Check:
    """Models are compared on sentences new to both: a champion would shine on those that it was trained on."""
    told = "the champion's training corpus is not kept here: whether it was trained on some of them is not known"
    if left_out is not None:
        told = f"{left_out:,} others are left out because the champion was trained on them"
    return _check("unseen", against.n if against else 0, ">=", 1.0, f"validation sentences compared; {told}")


def check_against_champion(against: Comparison, policy: PromotionRecipe) -> list[Check]:
    """Better in macro-F1 by the policy's rule, and no emotion given up for it."""
    interval = against.macro_f1_interval
    worst = min(against.recalls, key=lambda change: change.difference)
    paired = f"lower end of the gain's paired 95 % interval ({interval.low:+.4f} to {interval.high:+.4f})"
    fallen = (
        f"largest fall of an emotion's recall: {worst.label} {worst.reference_recall:.3f} to {worst.recall:.3f}, "
        f"{worst.support} sentences"
    )
    return [
        _check("gain", against.macro_f1_difference, ">", policy.min_gain, "macro-F1 less the champion's"),
        _check("gain_interval", interval.low, ">", 0.0 if policy.better_by == "interval" else None, paired),
        _check("recall", min(worst.difference, 0.0), ">=", -policy.max_recall_drop, fallen),
    ]


def failed(checks: Sequence[Check]) -> list[Check]:
    """Those that did not pass."""
    return [check for check in checks if not check.passed]


def _check(name: str, figure: float, sign: Sign, bound: float | None, meaning: str) -> Check:
    return Check(name, round(float(figure), 6), sign, bound, meaning)
