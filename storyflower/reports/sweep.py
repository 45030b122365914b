"""The report of a sweep: tables of the best trials and the finalists, plots, page and Markdown."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from storyflower.evaluation.selection import Selection, TrialScore
from storyflower.messages import say
from storyflower.recipe import shown_value
from storyflower.reports.canvas import FAINT, GRID, INK, MARK, MODEL, REFERENCE, new_figure, png, title
from storyflower.reports.markdown import markdown_table
from storyflower.reports.pages import sweep_page

PAGE_FILE, HISTORY_FILE, IMPORTANCE_FILE = "sweep.html", "history.png", "importance.png"
_BEST = 10
"""Trials that are listed."""


def write_sweep(folder: Path, selection: Selection) -> tuple[str, ...]:
    """Write plots and page into an existing folder; returns the names of the files."""
    pictures = {HISTORY_FILE: (say("sweep.history"), history_plot(selection))}
    if selection.importance:
        pictures[IMPORTANCE_FILE] = (say("sweep.importance"), importance_plot(selection.importance))
    for name, (_, picture) in pictures.items():
        (folder / name).write_bytes(picture)
    page = sweep_page(
        sentences(selection),
        {say("sweep.finalists"): finalists_table(selection), say("sweep.best"): trials_table(selection)},
        dict(pictures.values()),
    )
    (folder / PAGE_FILE).write_text(page, "utf-8")
    return (*pictures, PAGE_FILE)


def sentences(selection: Selection) -> tuple[str, ...]:
    """How many trials there were, which one was chosen, and what is to be expected of it."""
    counts = {state: selection.counted(state) for state in ("complete", "pruned", "failed")}
    winner = selection.winner
    chosen = say(
        "sweep.chosen",
        number=winner.number,
        score=winner.score,
        seeds=len(winner.seeds),
        folds=selection.folds,
    )
    return (say("sweep.made", None, trials=len(selection.trials), **counts), chosen, expectation(selection))


def expectation(selection: Selection) -> str:
    """One sentence on the optimism of the choice."""
    if selection.optimism is None:
        return say("sweep.optimism_unknown")
    return say("sweep.optimism", optimism=selection.optimism, expected=selection.expected)


def trials_table(selection: Selection) -> tuple[tuple[str, ...], ...]:
    """The headings, and a line for each of the best trials by falling score."""
    complete = [trial for trial in selection.trials if trial.score is not None]
    best = sorted(complete, key=lambda trial: (-(trial.score or 0.0), trial.number))[:_BEST]
    fields = list(dict.fromkeys(name for trial in best for name in trial.values))
    heading = (say("sweep.trial"), "macro-F1", *(name.rpartition(".")[2] for name in fields))
    return (heading, *(_line(trial, fields) for trial in best))


def finalists_table(selection: Selection) -> tuple[tuple[str, ...], ...]:
    """The headings, and a line for each finalist by falling score: its mean, and the mean of each seed."""
    seeds = range(1, max(len(finalist.seeds) for finalist in selection.finalists) + 1)
    heading = (say("sweep.trial"), say("sweep.mean"), *(say("sweep.seed", number=number) for number in seeds))
    return (
        heading,
        *(
            (str(finalist.number), f"{finalist.score:.4f}", *(f"{score:.4f}" for score in finalist.of_seeds))
            for finalist in selection.finalists
        ),
    )


def sweep_markdown(selection: Selection) -> str:
    """The sentences and tables in Markdown."""
    finalists, best = finalists_table(selection), trials_table(selection)
    tables = [markdown_table(heading, lines) for heading, *lines in (finalists, best)]
    return "\n\n".join([*sentences(selection), tables[0], tables[1], say("sweep.about", folds=selection.folds)])


def history_plot(selection: Selection) -> bytes:
    """The score of each complete trial in their order, the best one so far, and where trials were ended early."""
    from matplotlib.ticker import MaxNLocator

    figure, (axes,) = new_figure(7.4, 3.6)
    complete = [(trial.number, trial.score) for trial in selection.trials if trial.score is not None]
    numbers, scores = [number for number, _ in complete], [score for _, score in complete]
    axes.step(numbers, list(accumulate(scores, max)), where="post", color=MODEL, label=say("sweep.best_so_far"))
    axes.plot(numbers, scores, color=REFERENCE, marker="o", linestyle="none", label=say("sweep.one_trial"), zorder=3)
    ended = [trial.number for trial in selection.trials if trial.score is None]
    if ended:
        at = [min(scores)] * len(ended)
        axes.plot(ended, at, color=MARK, marker="|", linestyle="none", label=say("sweep.ended_early"))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.yaxis.grid(True, color=GRID)
    axes.set_xlabel(say("sweep.trial"), color=FAINT)
    axes.set_ylabel("macro-F1 (0–1)", color=FAINT)
    title(axes, say("sweep.history"))
    figure.legend(loc="outside upper right", ncols=3, frameon=False, fontsize=9)
    return png(figure)


def importance_plot(importance: dict[str, float]) -> bytes:
    """The share of each varied field, the largest on top."""
    figure, (axes,) = new_figure(7.4, 1.3 + 0.36 * len(importance))
    names = [name.rpartition(".")[2] for name in importance]
    shares = list(importance.values())
    bars = axes.barh(range(len(names)), shares, 0.6, color=MODEL)
    axes.bar_label(bars, [f"{share:.0%}" for share in shares], padding=3, fontsize=8, color=INK)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 1.08)
    axes.xaxis.grid(True, color=GRID)
    axes.set_xlabel(say("sweep.importance_axis"), color=FAINT)
    title(axes, say("sweep.importance"))
    return png(figure)


def values_line(values: dict[str, Any]) -> str:
    """The values of a trial in one line."""
    return ", ".join(f"{name.rpartition('.')[2]}={_short(value)}" for name, value in values.items())


def _line(trial: TrialScore, fields: Sequence[str]) -> tuple[str, ...]:
    return (str(trial.number), f"{trial.score:.4f}", *(_short(trial.values.get(name)) for name in fields))


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else shown_value(value)
