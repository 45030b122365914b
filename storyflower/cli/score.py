"""`storyflower score`: a workbook, CSV or Parquet file in, the same with emotions out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from storyflower.cli.console import JsonOption, errors_as_messages, out, prepare_libraries, print_json
from storyflower.cli.progress import counting_bar, shown_when_slow
from storyflower.messages import say
from storyflower.settings import settings
from storyflower.storage.home import Home

if TYPE_CHECKING:
    from storyflower.scoring.report import EvaluationFigures, ScoreReport


def score(
    source: Annotated[str, typer.Argument(metavar="FILE", help=say("score_input"))],
    column: Annotated[list[str] | None, typer.Option("--column", help=say("score_column"))] = None,
    to: Annotated[Path | None, typer.Option("--out", help=say("score_out"))] = None,
    threshold: Annotated[float | None, typer.Option(min=0, max=1, help=say("score_threshold"))] = None,
    model: Annotated[str, typer.Option(help=say("score_model"))] = "@champion",
    all_labels: Annotated[bool, typer.Option("--all", help=say("score_all"))] = False,
    evaluate: Annotated[bool, typer.Option("--evaluate", help=say("score_evaluate"))] = False,
    label: Annotated[str, typer.Option("--label", help=say("score_label"))] = "",
    ray: Annotated[str, typer.Option("--ray", metavar="ADDRESS", help=say("score_ray"))] = "",
    as_json: JsonOption = False,
) -> None:
    """Score every text of a file; the help stands in `score_help`."""
    with errors_as_messages(as_json):
        prepare_libraries()
        from storyflower.registry.to_score import scoring_model
        from storyflower.scoring.request import ScoreRequest, scored

        machine = settings()
        home = Home.of(machine)
        request = ScoreRequest.model_construct(  # its checks are for what Prefect would store
            file=source,
            out=str(to or ""),
            model=model,
            columns=tuple(column or ()),
            threshold=threshold,
            all_labels=all_labels,
            evaluate=evaluate,
            label=label,
            ray=ray,
        )
        with _shown() as progress:
            report = scored(home, scoring_model(home, model), request, device=machine.device, progress=progress)
        if as_json:
            print_json(report.model_dump(mode="json"))
        else:
            _show(report)


score.__doc__ = say("score_help")  # what --help shows, in the language of the user


class _Bar:
    """A bar of texts."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task(say("score_progress"), total=None)

    def total(self, rows: int) -> None:
        """See `storyflower.scoring.job.Progress`."""
        self._bar.update(self._task, total=rows)

    def advance(self, rows: int) -> None:
        """See `storyflower.scoring.job.Progress`."""
        self._bar.advance(self._task, rows)


@contextmanager
def _shown() -> Iterator[_Bar]:
    """A bar on standard error once it has taken two seconds, where that is a terminal."""
    bar = counting_bar()
    with shown_when_slow(bar):
        yield _Bar(bar)


def _show(report: "ScoreReport") -> None:
    """The table of labels, and a line for each thing to know."""
    _line(report.summary)
    for part in report.parts:
        columns, added = ", ".join(part.text_columns), part.added_columns
        counts = say("score.part_rows", rows=part.rows, scored=part.scored)
        _line(say("score.part", sheet=part.sheet, columns=columns, added=", ".join(added), counts=counts))
        if added[0] != say("score.label"):
            _line(say("score.renamed", sheet=part.sheet, label=say("score.label"), title=added[0]))
    for left in report.left:
        _line(say("score.part_left", sheet=left.sheet, reason=say(left.reason)))
    out.print(_labels(report))
    if report.not_scored:
        reasons = (f"{say(f'unscored.{reason}')} {count:,}" for reason, count in report.not_scored.items())
        _line(say("score.rows_left", reasons=", ".join(reasons)))
    if not report.up_to_date and report.computed_shards < report.shards:
        _line(say("score.reused", shards=report.shards, reused=report.shards - report.computed_shards))
    if report.out.lower().endswith(".csv"):
        _line(say("score.csv_encoding"))
    if report.evaluation:
        _show_evaluation(report.evaluation)
    if report.demo:
        out.print(Text(say("demo.note"), style="yellow"), soft_wrap=True)


def _line(text: str) -> None:
    out.print(Text(text), soft_wrap=True)


def _labels(report: "ScoreReport") -> Table:
    table = Table(*map(say, ("score.label", "score.count", "score.share", "score.mean_confidence")))
    for label in report.labels:
        confidence = "" if label.mean_confidence is None else f"{label.mean_confidence:.1%}"
        table.add_row(Text(label.label), f"{label.rows:,}", f"{label.share:.1%}", confidence)
    if report.unsure is not None:
        share = report.unsure / report.scored if report.scored else 0.0
        table.add_row(say("score.unsure"), f"{report.unsure:,}", f"{share:.1%}", "", style="yellow")
    return table


def _show_evaluation(figures: "EvaluationFigures") -> None:
    (alow, ahigh), (flow, fhigh) = figures.accuracy_interval, figures.macro_f1_interval
    sentence = say(
        "score.evaluated",
        rows=figures.rows,
        unlabelled=figures.unlabelled,
        accuracy=figures.accuracy,
        alow=alow,
        ahigh=ahigh,
        f1=figures.macro_f1,
        flow=flow,
        fhigh=fhigh,
    )
    _line(sentence)
    table = Table(say("score.label"), say("page.precision"), say("page.recall"), "F1", say("page.sentences"))
    for label in figures.per_label:
        ratios = (f"{value:.3f}" for value in (label.precision, label.recall, label.f1))
        table.add_row(Text(label.label), *ratios, f"{label.support:,}")
    out.print(table)
