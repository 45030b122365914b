"""Tables in Markdown: for artifacts on Prefect's pages, and for the model card."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from storyflower.evaluation.assessment import Assessment
from storyflower.messages import say
from storyflower.reports.results_table import headings, results_table
from storyflower.scoring.report import ScoreReport


def cell(value: Any) -> str:
    """A value as text that breaks neither a Markdown table nor the page it is shown on."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is aligned left and the others right; the cells are escaped."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *([cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def results_markdown(assessment: Assessment) -> str:
    """The headline figures, the calibration and the figures by label, beside the baseline's."""
    table, calibration = results_table(assessment), assessment.calibration
    before, after = calibration.before, calibration.after
    columns = ("", say("axis.model"), say("slices.interval"), say("registry.baseline"), "p")
    headlines = [
        (name, f"{h.score:.4f}", f"{h.interval.low:.4f}–{h.interval.high:.4f}", f"{h.baseline:.4f}", f"{h.p:.2g}")
        for name, h in ((say("registry.accuracy"), table.accuracy), ("macro-F1", table.macro_f1))
    ]
    return "\n\n".join(
        [
            markdown_table(columns, headlines),
            f"temperature {calibration.temperature:.2f}: ECE {before.ece:.3f} → {after.ece:.3f}, "
            f"Brier {before.brier:.3f} → {after.brier:.3f}",
            markdown_table(headings(), (row.cells for row in table.rows)),
        ]
    )


def score_markdown(report: ScoreReport) -> str:
    """The labels of a scored file with their counts, and the rows that were not scored."""
    columns = tuple(map(say, ("score.label", "score.count", "score.share", "score.mean_confidence")))
    rows = [
        (
            label.label,
            f"{label.rows:,}",
            f"{label.share:.1%}",
            "" if label.mean_confidence is None else f"{label.mean_confidence:.1%}",
        )
        for label in report.labels
    ]
    reasons = [(say(f"unscored.{reason}"), f"{count:,}") for reason, count in report.not_scored.items()]
    left = [markdown_table((say("score.not_scored"), say("score.count")), reasons)] if reasons else []
    return "\n\n".join([cell(report.summary), markdown_table(columns, rows), *left])
