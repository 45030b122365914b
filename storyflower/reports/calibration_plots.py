"""Plots of a model's confidence: the reliability diagram, and coverage against accuracy."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from storyflower.evaluation.calibration import Calibration, CalibrationFigures, CoveragePoint
from storyflower.messages import say
from storyflower.reports.canvas import FAINT, GRID, INK, MARK, MODEL, REFERENCE, new_figure, png, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED_THRESHOLDS = (0.5, 0.7, 0.9)
_ROOM = 0.12
"""Share of the plot's width that the label of a threshold takes."""
_MARGIN = 0.12
"""Shares shown below the smallest coverage and the smallest accuracy."""
_FEWEST = 10
"""Examples that a bin needs for a point of its own: the accuracy of a single one is always 0 or 1."""


def reliability_plot(calibration: Calibration) -> bytes:
    """Accuracy over confidence in equal-width bins, before and after the temperature, over how many examples."""
    figure, panels = new_figure(8.6, 4.2, panels=2)
    names = (say("axis.before"), say("axis.after", temperature=calibration.temperature))
    for axes, name, figures in zip(panels, names, (calibration.before, calibration.after), strict=True):
        _draw_reliability(axes, figures)
        title(axes, f"{name} · ECE {figures.ece:.3f}")
    panels[0].legend(frameon=False, fontsize=9, loc="upper left")
    return png(figure)


def coverage_plot(coverage: Sequence[CoveragePoint]) -> bytes:
    """Accuracy over coverage; the threshold rises from right to left.

    Thresholds that no example reaches are left out.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    answered = [(point.threshold, point.coverage, point.accuracy) for point in coverage if point.accuracy is not None]
    thresholds, shares, accuracies = (np.array(column) for column in zip(*answered, strict=True))
    figure, (axes,) = new_figure(7.4, 3.6)
    axes.plot(shares, accuracies, color=MODEL, marker="o", markersize=4, clip_on=False)
    left = max(shares.min() - _MARGIN, 0)
    room = _ROOM * (1 - left)
    for place in _apart(np.flatnonzero(np.isin(thresholds, _NAMED_THRESHOLDS)), shares, room):
        point, fits = (shares[place], accuracies[place]), shares[place] - left > room
        axes.plot(*point, color=MARK, marker="o", markersize=7, clip_on=False, zorder=3)
        axes.annotate(
            say("axis.threshold", threshold=thresholds[place]),
            point,
            xytext=(-7, -11) if fits else (7, -15),  # to the left of the point, because the curve falls to the right
            textcoords="offset points",
            ha="right" if fits else "left",
            fontsize=9,
            color=INK,
        )
    axes.set_xlim(left, 1 + 0.03 * (1 - left))
    axes.set_ylim(max(accuracies.min() - _MARGIN, 0), 1)
    axes.grid(True, color=GRID)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))  # whole percents
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel(say("axis.coverage"), color=FAINT)
    axes.set_ylabel(say("axis.answered_accuracy"), color=FAINT)
    title(axes, say("axis.coverage_title"))
    return png(figure)


def _apart(places: NDArray[np.int64], shares: NDArray[np.float64], room: float) -> list[int]:
    """Those of `places` whose labels do not overlap: of a confident model all thresholds may fall on one point."""
    kept: list[int] = []
    for place in places.tolist():
        if not kept or shares[kept[-1]] - shares[place] > room:
            kept.append(place)
    return kept


def _draw_reliability(axes: "Axes", figures: CalibrationFigures) -> None:
    from matplotlib.ticker import PercentFormatter

    filled = [b for b in figures.bins if b.n]
    width = figures.bins[0].high - figures.bins[0].low
    total = sum(b.n for b in filled)
    centres = [b.low + width / 2 for b in filled]
    shares, label = [b.n / total for b in filled], say("axis.share_of_sentences")
    axes.bar(centres, shares, width * 0.94, color=REFERENCE, alpha=0.6, label=label)
    axes.plot([0, 1], [0, 1], color=FAINT, linestyle="--", linewidth=1)
    drawn = [b for b in filled if b.n >= _FEWEST]
    means = [b.confidence for b in drawn], [b.accuracy for b in drawn]
    axes.plot(*means, color=MODEL, marker="o", markersize=4, label=say("axis.accuracy_of_bins", fewest=_FEWEST))
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(True, color=GRID)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel(say("axis.confidence"), color=FAINT)
