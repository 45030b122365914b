"""The summary of a scoring as rows of a sheet, in the language in force."""

from collections.abc import Iterator

from storyflower.data.added_columns import Added
from storyflower.data.appended_cells import Value
from storyflower.messages import say
from storyflower.scoring.answers import SHOWN_DECIMALS
from storyflower.scoring.report import EvaluationFigures, ScoreReport
from storyflower.scoring.tally import MOST_LISTED

Row = tuple[Added, ...]


def summary_rows(report: ScoreReport) -> tuple[Row, ...]:
    """Model, date and threshold; the labels' counts; the sheets; the figures where evaluated; rows not scored."""
    return (*_about(report), *_labels(report), *_parts(report), *_evaluation(report.evaluation), *_not_scored(report))


def _about(report: ScoreReport) -> Iterator[Row]:
    if report.demo:
        yield _bold(say("demo.note"))
    facts: list[tuple[str, Value]] = [
        ("score.model", report.model),
        ("score.version", report.version),
        ("score.digest", report.model_digest),
        ("score.created", f"{report.model_created:%Y-%m-%d}" if report.model_created else None),
        ("score.date", f"{report.scored_at.astimezone():%Y-%m-%d %H:%M}"),
        ("score.source", report.source),
        ("score.threshold", say("score.none") if report.threshold is None else report.threshold),
        ("score.rows", report.rows),
        ("score.scored", report.scored),
    ]
    yield from ((Added(say(code), "bold"), Added(value)) for code, value in facts)
    yield Added(say("score.mean_confidence"), "bold"), Added(_rounded(report.mean_confidence), "share")


def _labels(report: ScoreReport) -> Iterator[Row]:
    yield ()
    yield _bold(*map(say, ("score.label", "score.count", "score.share", "score.mean_confidence")))
    for label in report.labels:
        share, confidence = _rounded(label.share), _rounded(label.mean_confidence)
        yield Added(label.label), Added(label.rows), Added(share, "share"), Added(confidence, "share")
    if report.unsure is not None:
        share = report.unsure / report.scored if report.scored else 0.0
        yield Added(say("score.unsure"), "marked"), Added(report.unsure), Added(_rounded(share), "share")


def _parts(report: ScoreReport) -> Iterator[Row]:
    yield ()
    yield _bold(*map(say, ("score.sheet", "score.text_columns", "score.added_columns", "score.rows", "score.scored")))
    for part in report.parts:
        columns = Added(", ".join(part.text_columns)), Added(", ".join(part.added_columns))
        yield Added(part.sheet), *columns, Added(part.rows), Added(part.scored)
    for left in report.left:
        yield Added(left.sheet), Added(say(left.reason))


def _evaluation(figures: EvaluationFigures | None) -> Iterator[Row]:
    if figures is None:
        return
    yield ()
    yield _bold(*map(say, ("score.against", "score.figure", "score.low", "score.high")))
    for code, figure, interval in (
        ("score.accuracy", figures.accuracy, figures.accuracy_interval),
        ("score.macro_f1", figures.macro_f1, figures.macro_f1_interval),
    ):
        shown = (Added(_rounded(value), "share") for value in (figure, *interval))
        yield Added(say(code)), *shown
    yield Added(say("score.compared")), Added(figures.rows)
    yield Added(say("score.unlabelled")), Added(figures.unlabelled)
    yield ()
    yield _bold(say("score.label"), say("page.precision"), say("page.recall"), "F1", say("page.sentences"))
    for label in figures.per_label:
        shown = (Added(_rounded(value), "share") for value in (label.precision, label.recall, label.f1))
        yield Added(label.label), *shown, Added(label.support)


def _not_scored(report: ScoreReport) -> Iterator[Row]:
    if not report.not_scored:
        return
    yield ()
    yield _bold(say("score.not_scored"), say("score.count"))
    yield from ((Added(say(f"unscored.{reason}")), Added(count)) for reason, count in report.not_scored.items())
    yield ()
    yield _bold(say("score.sheet"), say("score.row"), say("score.why"))
    for row in report.not_scored_rows:
        yield Added(row.sheet), Added(row.row), Added(say(f"unscored.{row.reason}"))
    if (more := sum(report.not_scored.values()) - MOST_LISTED) > 0:
        yield (Added(say("score.more_rows", count=more)),)


def _bold(*titles: str) -> Row:
    return tuple(Added(title, "bold") for title in titles)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, SHOWN_DECIMALS)
