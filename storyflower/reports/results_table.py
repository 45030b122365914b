"""The results table: the headline figures and one row a label, made once for every view that draws them."""

from dataclasses import dataclass

from storyflower.evaluation.assessment import Assessment
from storyflower.evaluation.intervals import Interval
from storyflower.messages import say

COLUMNS = ("emotion", "sentences", "precision", "recall", "F1", "baseline_f1")
"""Names of the columns, in the order of `ResultRow.cells`."""


@dataclass(frozen=True)
class Headline:
    """A headline figure of the model (0 to 1) beside the baseline's."""

    score: float
    interval: Interval
    baseline: float
    p: float
    """Two-sided p-value of the difference between model and baseline."""


@dataclass(frozen=True)
class ResultRow:
    """One label's figures as text: ratios (0 to 1) with three decimals, counts with separators of thousands."""

    label: str
    sentences: str
    """Examples whose true label this is."""
    precision: str
    recall: str
    f1: str
    baseline_f1: str
    recall_change: str
    """Recall less the baseline's, with its sign; empty where no example has this label."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells under `COLUMNS`."""
        return (self.label, self.sentences, self.precision, self.recall, self.f1, self.baseline_f1)


@dataclass(frozen=True)
class ResultsTable:
    """What a view shows of the results on the validation workbook."""

    accuracy: Headline
    macro_f1: Headline
    rows: tuple[ResultRow, ...]
    """One a label, in the label map's order."""


def results_table(assessment: Assessment) -> ResultsTable:
    """The table of a model's figures beside the baseline's."""
    model, baseline, against = assessment.model, assessment.baseline, assessment.against_baseline
    changes = {change.label: f"{change.difference:+.3f}" for change in against.recalls}
    rows = tuple(
        ResultRow(
            label=score.label,
            sentences=f"{score.support:,}",
            precision=f"{score.precision:.3f}",
            recall=f"{score.recall:.3f}",
            f1=f"{score.f1:.3f}",
            baseline_f1=f"{reference.f1:.3f}",
            recall_change=changes.get(score.label, ""),
        )
        for score, reference in zip(model.per_label, baseline.per_label, strict=True)
    )
    intervals = assessment.intervals
    return ResultsTable(
        accuracy=Headline(model.accuracy, intervals.accuracy, baseline.accuracy, against.accuracy_p),
        macro_f1=Headline(model.macro_f1, intervals.macro_f1, baseline.macro_f1, against.macro_f1_p),
        rows=rows,
    )


def headings() -> tuple[str, ...]:
    """The headings of `COLUMNS` on pages, in Markdown and in the model card, in the language in force."""
    return tuple(name if name == "F1" else say(f"page.{name}") for name in COLUMNS)
