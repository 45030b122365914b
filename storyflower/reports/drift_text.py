"""Drift in words: as one line for logs, as a list of lines, and as Markdown for Prefect's pages."""

from storyflower.evaluation.drift import LARGE, NOTABLE, DriftReport
from storyflower.messages import say
from storyflower.reports.markdown import markdown_table


def drift_summary(report: DriftReport, version: str) -> str:
    """The reading since champion version `version`, and the distance of each measure beyond chance (0 to 1)."""
    figures = ", ".join(f"{say(drift.measure)} {drift.beyond_chance:.3f}" for drift in report.drifts)
    return say("drift.summary", reading=say(report.reading), version=version, figures=figures)


def drift_lines(report: DriftReport) -> list[str]:
    """One line for each measure, with its distance and reading, and one for the bounds of the readings."""
    lines = [
        say(
            "drift_line",
            measure=say(drift.measure),
            reading=say(drift.reading),
            beyond=drift.beyond_chance,
            distance=drift.distance,
        )
        for drift in report.drifts
    ]
    return [*lines, say("drift_bounds", notable=NOTABLE, large=LARGE)]


def drift_markdown(report: DriftReport) -> str:
    """The lines of `drift_lines`, and a table of the share of each label in the two corpora."""
    columns = (say("labels"), say("drift.champion"), say("drift.new"))
    shares = ((name, f"{old:.1%}", f"{new:.1%}") for name, (old, new) in report.label_shares.items())
    return "\n".join([*(f"- {line}" for line in drift_lines(report)), "", markdown_table(columns, shares)])
