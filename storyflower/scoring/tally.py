"""Counting answers as they come, into a report."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from storyflower.scoring.answers import Answers
from storyflower.scoring.report import EvaluationFigures, LabelCount, LabelFigures, RowNotScored

if TYPE_CHECKING:  # scikit-learn takes a second to import, and only a comparison with labels needs it
    from storyflower.evaluation.metrics import CountedPredictions

MOST_LISTED = 10_000
"""Rows that were not scored and are named; more are only counted."""


@dataclass
class Tally:
    """What has been counted of the rows so far."""

    labels: tuple[str, ...]
    rows: int = 0
    scored: int = 0
    unsure: int = 0
    not_scored: Counter[str] = field(default_factory=Counter)
    listed: list[RowNotScored] = field(default_factory=list)
    unlabelled: int = 0

    def __post_init__(self) -> None:
        self._counts = np.zeros(len(self.labels), np.int64)
        self._confidences = np.zeros(len(self.labels))
        self._against: CountedPredictions | None = None

    def add_answers(self, answers: Answers, true: Sequence[int] | None = None) -> None:
        """Count n answers, and compare them with the ids of true labels (-1 where there is none) where given."""
        self.rows += len(answers.best)
        self.scored += len(answers.best)
        self.unsure += int(answers.unsure.sum())
        np.add.at(self._counts, answers.best, 1)
        np.add.at(self._confidences, answers.best, answers.confidence)
        if true is not None:
            from storyflower.evaluation.metrics import CountedPredictions

            if self._against is None:
                self._against = CountedPredictions(self.labels)
            ids = np.array(true, dtype=np.int64)
            self.unlabelled += int((ids < 0).sum())
            known = ids >= 0
            self._against.add(ids[known], answers.probabilities[known], answers.best[known])

    def add_not_scored(self, sheet: str, rows: Sequence[int], reasons: Sequence[str]) -> None:
        """Count rows without an answer, with the reason of each."""
        self.rows += len(rows)
        self.not_scored.update(reasons)
        some = zip(rows[: MOST_LISTED - len(self.listed)], reasons, strict=False)
        self.listed += [RowNotScored(sheet=sheet, row=row, reason=reason) for row, reason in some]

    @property
    def mean_confidence(self) -> float | None:
        """Of all answers (0 to 1); None where there is none."""
        return float(self._confidences.sum() / self.scored) if self.scored else None

    def label_counts(self) -> tuple[LabelCount, ...]:
        """One a label, in the order of the label map."""
        return tuple(
            LabelCount(
                label=label,
                rows=int(count),
                share=float(count / self.scored) if self.scored else 0.0,
                mean_confidence=float(total / count) if count else None,
            )
            for label, count, total in zip(self.labels, self._counts, self._confidences, strict=True)
        )

    def evaluation(self) -> EvaluationFigures | None:
        """The figures against the true labels; None where no row had one."""
        if self._against is None or not self._against.n:
            return None
        from storyflower.evaluation.intervals import score_intervals

        found = self._against.evaluation()
        intervals = score_intervals(found)
        return EvaluationFigures(
            rows=found.n,
            unlabelled=self.unlabelled,
            accuracy=found.accuracy,
            accuracy_interval=(intervals.accuracy.low, intervals.accuracy.high),
            macro_f1=found.macro_f1,
            macro_f1_interval=(intervals.macro_f1.low, intervals.macro_f1.high),
            per_label=tuple(
                LabelFigures(
                    label=score.label,
                    precision=score.precision,
                    recall=score.recall,
                    f1=score.f1,
                    support=score.support,
                )
                for score in found.per_label
            ),
        )
