"""The report of a cross-validation: its table, plot, page and Markdown."""

from collections.abc import Sequence
from pathlib import Path

from storyflower.evaluation.folds import CrossValidation, FoldScore
from storyflower.evaluation.intervals import Interval
from storyflower.messages import say
from storyflower.reports.canvas import FAINT, GRID, MODEL, REFERENCE, new_figure, png, title
from storyflower.reports.markdown import markdown_table
from storyflower.reports.pages import folds_page

PLOT_FILE = "folds.png"
PAGE_FILE = "folds.html"

COLUMNS = (
    *("folds.fold", "folds.examples", "folds.macro_f1", "folds.base_macro_f1"),
    *("folds.accuracy", "folds.base_accuracy"),
)
"""The codes of the headings of `folds_table`."""


def write_folds(folder: Path, found: CrossValidation) -> None:
    """Write the plot and the page into an existing folder."""
    picture = folds_plot(found)
    (folder / PLOT_FILE).write_bytes(picture)
    columns = [say(column) for column in COLUMNS]
    plots, folds = {say("folds.plot"): picture}, len(found.folds)
    page = folds_page(folds_table(found), columns, headlines(found), plots, folds=folds)
    (folder / PAGE_FILE).write_text(page, "utf-8")


def folds_table(found: CrossValidation) -> tuple[tuple[str, ...], ...]:
    """One line a fold, and the pooled figures in the last one; without headings."""
    pooled = FoldScore(found.examples, found.model, found.baseline)
    lines = [(str(number), fold) for number, fold in enumerate(found.folds, start=1)]
    return tuple(_cells(name, fold) for name, fold in [*lines, (say("folds.all"), pooled)])


def headlines(found: CrossValidation) -> tuple[str, ...]:
    """The pooled figures with their intervals, and the paired difference to the baseline, a sentence each."""
    gain = found.against_baseline
    of_model = (
        ("macro-F1", found.model.macro_f1, found.macro_f1_interval, found.baseline.macro_f1),
        (say("summary.accuracy"), found.model.accuracy, found.accuracy_interval, found.baseline.accuracy),
    )
    scores = (
        say("summary.score", None, name=name, score=score, baseline=baseline, **_bounds(interval))
        for name, score, interval, baseline in of_model
    )
    difference = say("folds.gain", None, gain=gain.macro_f1_difference, **_bounds(gain.macro_f1_interval))
    return (*scores, f"{difference} {say(f'folds.{gain.macro_f1_reading}')}")


def folds_markdown(found: CrossValidation) -> str:
    """The headlines and the table in Markdown."""
    table = markdown_table([say(column) for column in COLUMNS], folds_table(found))
    return "\n\n".join([*headlines(found), table, say("folds.about", folds=len(found.folds))])


def folds_plot(found: CrossValidation) -> bytes:
    """Macro-F1 of every fold, the model's beside the baseline's; the pooled one with its interval at the right."""
    figure, (axes,) = new_figure(7.4, 3.6)
    places = range(1, len(found.folds) + 1)
    pooled = len(found.folds) + 1
    pairs: Sequence[tuple[str, str, list[float], float]] = (
        (REFERENCE, say("axis.baseline"), [fold.baseline.macro_f1 for fold in found.folds], found.baseline.macro_f1),
        (MODEL, say("axis.model"), [fold.model.macro_f1 for fold in found.folds], found.model.macro_f1),
    )
    for colour, legend, scores, all_of_them in pairs:
        axes.plot(places, scores, color=colour, marker="o", markersize=5, linestyle=":", label=legend)
        axes.plot([pooled], [all_of_them], color=colour, marker="D", markersize=7, linestyle="none")
    interval = found.macro_f1_interval
    axes.vlines(pooled, interval.low, interval.high, color=MODEL, linewidth=1.5)
    axes.set_xticks([*places, pooled], [*map(str, places), say("folds.all")])
    axes.set_xlim(0.5, pooled + 0.5)
    axes.set_ylim(0, 1)
    axes.set_xlabel(say("folds.fold"), color=FAINT)
    axes.set_ylabel("macro-F1 (0–1)", color=FAINT)
    axes.yaxis.grid(True, color=GRID)
    title(axes, say("folds.plot"))
    figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=9)
    return png(figure)


def _cells(name: str, fold: FoldScore) -> tuple[str, ...]:
    scores = (fold.model.macro_f1, fold.baseline.macro_f1, fold.model.accuracy, fold.baseline.accuracy)
    return (name, f"{fold.examples:,}", *(f"{score:.3f}" for score in scores))


def _bounds(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high, "level": interval.level}
