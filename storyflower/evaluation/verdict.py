"""The one rule by which page, model card and gate say how a model stands to the baseline."""

from typing import Literal

from storyflower.evaluation.compare import Comparison
from storyflower.messages.sentences import Sentence

Reading = Literal["better", "level", "worse"]


def reading_of(against: Comparison) -> Reading:
    """How macro-F1 compares: `better` or `worse` where the difference's paired 95 % interval lies on one side of 0.

    The gate's check `baseline` fails exactly where this is `worse`.
    """
    interval = against.macro_f1_interval
    if interval.low > 0:
        return "better"
    return "level" if interval.high > 0 else "worse"


def baseline_verdict(against: Comparison) -> Sentence:
    """That reading as a sentence, with the difference and its interval."""
    interval, difference = against.macro_f1_interval, against.macro_f1_difference
    figures = {"difference": difference, "size": abs(difference), "low": interval.low, "high": interval.high}
    return Sentence(f"baseline_verdict.{reading_of(against)}", figures)
