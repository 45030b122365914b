"""Plots of a run as PNG bytes, drawn with matplotlib's object interface and the shipped Hangul font."""

from collections.abc import Mapping, Sequence

import numpy as np

from storyflower.data.quality_report import TokenLengths
from storyflower.evaluation.metrics import Evaluation
from storyflower.messages import say
from storyflower.reports.canvas import (
    FAINT,
    GRID,
    INK,
    MARK,
    MODEL,
    REFERENCE,
    new_figure,
    png,
    short,
    title,
    width_of,
)

SPLIT_COLOURS = {"train": MODEL, "dev": REFERENCE, "validation": MARK}
MANY_CLASSES = 15
"""Above this many classes a cell of the confusion matrix has room for its count only."""
MOST_CLASSES = 100
"""Above this many classes the confusion matrix is shades alone and no larger, and the bars show a part of the labels: a
picture that grew with the labels would take gigabytes (6 GB for 300), and end at matplotlib's largest size.
"""


def confusion_plot(evaluation: Evaluation) -> bytes:
    """The confusion matrix: counts in the cells, shades for the share of the true label (rows) that went there."""
    from matplotlib.ticker import PercentFormatter

    counts = np.array(evaluation.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [short(name) for name in evaluation.names]
    few = len(names) <= MANY_CLASSES
    step = -(-len(names) // MOST_CLASSES)  # every so many names fit beside an axis
    cell, size = (0.72, 9.5) if few else (0.27 / step, 6.5)
    margin = width_of(names, size) + 0.8
    figure, (axes,) = new_figure(max(5.6, cell * len(names) + margin + 0.9), max(4.4, cell * len(names) + margin))
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(counts > 0) if step == 1 else ():
        share = shares[row, column]
        text = f"{counts[row, column]:,}\n{share:.0%}" if few else f"{counts[row, column]}"
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color="white" if share > 0.5 else INK)
    shown = range(0, len(names), step)
    axes.set_xticks(shown, names[::step], rotation=0 if few and width_of(names, size) < cell else 90, fontsize=size)
    axes.set_yticks(shown, names[::step], fontsize=size)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(say("axis.predicted"), color=FAINT)
    axes.set_ylabel(say("axis.true"), color=FAINT)
    title(axes, say("axis.confusion_title", n=evaluation.n))
    for edge in _group_edges(evaluation.names):
        axes.axhline(edge, color=FAINT, linewidth=0.6)
        axes.axvline(edge, color=FAINT, linewidth=0.6)
    bar = figure.colorbar(image, ax=axes, fraction=0.03, aspect=40, pad=0.02, format=PercentFormatter(1))
    bar.set_label(say("axis.share_of_true"), color=FAINT)
    bar.ax.tick_params(colors=INK, labelsize=9, length=0)
    bar.outline.set_visible(False)
    return png(figure)


def label_scores_plot(model: Evaluation, baseline: Evaluation) -> bytes:
    """F1 by label, the model's beside the baseline's, with each label's support; of very many the lowest ones."""
    lowest = sorted(range(len(model.names)), key=lambda place: model.per_label[place].f1)[:MOST_CLASSES]
    places_shown = sorted(lowest)
    names = [f"{short(model.per_label[i].label)} ({model.per_label[i].support:,})" for i in places_shown]
    pairs = [(MODEL, say("axis.model"), model), (REFERENCE, say("axis.baseline"), baseline)]
    figure, (axes,) = new_figure(7.4, 1.3 + 0.46 * len(names))
    for offset, (colour, legend, evaluation) in zip((-0.19, 0.19), pairs, strict=True):
        scores = [evaluation.per_label[i].f1 for i in places_shown]
        places = np.arange(len(names)) + offset
        bars = axes.barh(places, scores, 0.36, color=colour, label=f"{legend} · macro-F1 {evaluation.macro_f1:.3f}")
        axes.bar_label(bars, [f"{score:.2f}" for score in scores], padding=3, fontsize=8, color=INK)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 1.06)
    axes.xaxis.grid(True, color=GRID)
    axes.set_xlabel(say("axis.f1"), color=FAINT)
    title(axes, _of_all(say("axis.f1_title"), len(names), len(model.names)))
    figure.legend(loc="outside upper right", ncols=2, frameon=False, fontsize=9)
    return png(figure)


def training_curves_plot(
    train_loss: Sequence[float], dev_loss: Sequence[float], dev_macro_f1: Sequence[float], best_epoch: int
) -> bytes:
    """Losses and development macro-F1, one value an epoch; `best_epoch` (from 1) is marked."""
    from matplotlib.ticker import MaxNLocator

    epochs = range(1, len(dev_macro_f1) + 1)
    figure, (losses, scores) = new_figure(8.6, 3.5, panels=2)
    losses.plot(epochs, train_loss, color=REFERENCE, marker="o", markersize=4, label=say("split.train"))
    losses.plot(epochs, dev_loss, color=MODEL, marker="o", markersize=4, label=say("split.dev"))
    losses.set_ylim(bottom=0)
    losses.set_ylabel(say("axis.loss"), color=FAINT)
    losses.legend(frameon=False, fontsize=9)
    title(losses, say("axis.loss_title"))
    scores.plot(epochs, dev_macro_f1, color=MODEL, marker="o", markersize=4)
    best = dev_macro_f1[best_epoch - 1]
    scores.plot([best_epoch], [best], color=MARK, marker="o", markersize=8, linestyle="none")
    scores.set_ylim(0, 1)
    scores.set_ylabel("macro-F1 (0–1)", color=FAINT)
    title(scores, say("axis.best", best=best, epoch=best_epoch))
    for axes in (losses, scores):
        axes.axvline(best_epoch, color=MARK, linestyle="--", linewidth=1, zorder=0)
        axes.set_xlim(0.5, len(epochs) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.yaxis.grid(True, color=GRID)
        axes.set_xlabel(say("axis.epoch"), color=FAINT)
    return png(figure)


def class_balance_plot(balance: Mapping[str, Mapping[str, int]]) -> bytes:
    """Each label's share of each split; `balance` maps split → label → examples. Of very many labels the largest."""
    from matplotlib.ticker import MaxNLocator

    first = next(iter(balance.values()))
    largest = sorted(first, key=lambda name: -first[name])[:MOST_CLASSES]
    names = [name for name in first if name in set(largest)]
    figure, (axes,) = new_figure(7.4, 1.3 + 0.24 * len(balance) * len(names))
    step = 0.8 / len(balance)
    for position, (split, counts) in enumerate(balance.items()):
        total = sum(counts.values())
        shares = [counts[name] / max(total, 1) for name in names]
        places = np.arange(len(names)) + (position - (len(balance) - 1) / 2) * step
        legend = f"{say(f'split.{split}')} · {total:,}"
        bars = axes.barh(places, shares, step * 0.9, color=SPLIT_COLOURS[split], label=legend)
        axes.bar_label(bars, [f"{counts[name]:,}" for name in names], padding=3, fontsize=8, color=INK)
    axes.set_yticks(range(len(names)), [short(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda share, _: f"{round(100 * share, 6):g}%")
    axes.xaxis.grid(True, color=GRID)
    axes.set_xlabel(say("axis.share_in_split"), color=FAINT)
    title(axes, _of_all(say("plot.class_balance"), len(names), len(first)))
    figure.legend(loc="outside upper right", ncols=len(balance), frameon=False, fontsize=9)
    return png(figure)


def token_length_plot(lengths: TokenLengths) -> bytes:
    """How many texts have how many tokens as the model sees them, the cut ones in their own colour at `max_len`."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    tokens, texts, truncated = (np.array(column) for column in zip(*lengths.histogram, strict=True))
    figure, (axes,) = new_figure(7.4, 3.6)
    axes.bar(tokens, texts - truncated, 0.9, color=MODEL, label=say("axis.kept_whole"))
    axes.bar(tokens, truncated, 0.9, bottom=texts - truncated, color=MARK, label=say("axis.cut"))
    axes.axvline(lengths.max_len, color=INK, linestyle="--", linewidth=1, label=f"max_len {lengths.max_len}", zorder=0)
    axes.set_xlim(0, lengths.max_len + 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.grid(True, color=GRID)
    axes.set_xlabel(say("axis.tokens"), color=FAINT)
    axes.set_ylabel(say("axis.sentences"), color=FAINT)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    title(axes, say("axis.lengths_title", n=lengths.truncated, share=lengths.truncated_share))
    return png(figure)


def _of_all(heading: str, shown: int, there_are: int) -> str:
    """The heading of a plot, with how many of the labels it shows where it does not show all."""
    return heading if shown == there_are else f"{heading} · {say('axis.of_all', shown=shown, all=there_are)}"


def _group_edges(names: Sequence[str]) -> list[float]:
    """Where in a matrix a new major begins among fine labels (`major/minor`); nowhere among labels without groups."""
    majors = [name.partition("/")[0] for name in names]
    if len(set(majors)) == len(names):
        return []
    return [place - 0.5 for place in range(1, len(names)) if majors[place] != majors[place - 1]]
