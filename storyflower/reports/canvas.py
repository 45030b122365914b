"""The common style of all plots: figures without pyplot's global state, Hangul in every text, PNG bytes out.

Matplotlib is imported with the first figure, here and in the modules of the plots: a flow whose stages are all cached
draws none.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from storyflower.reports.fonts import drawable, font_families

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT, GRID = "#2b2f36", "#6b7280", "#e5e7eb"
MODEL, REFERENCE, MARK = "#3b6ea5", "#b9c2cd", "#d9772f"
DPI = 140
LONGEST_NAME = 18


def new_figure(width: float, height: float, panels: int = 1) -> "tuple[Figure, list[Axes]]":
    """A white figure of `width` × `height` inches with `panels` axes side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")
    axes = [figure.add_subplot(1, panels, position + 1) for position in range(panels)]
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.spines[["left", "bottom"]].set_color(FAINT)
        panel.set_axisbelow(True)
        panel.tick_params(colors=INK, labelsize=9, length=0, labelfontfamily=list(font_families()))
    return figure, axes


def title(axes: "Axes", text: str) -> None:
    """A heading at the left edge of the axes."""
    axes.set_title(text, loc="left", fontsize=11, color=INK, pad=10)


def short(name: str) -> str:
    """A label name as it fits beside an axis: drawable, and cut with … where it is very long."""
    name = drawable(name)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def width_of(names: Sequence[str], size: float) -> float:
    """Inches that the longest of `names` needs at `size` points; a Hangul syllable is about one em wide."""
    return max(map(len, names)) * size / 72


def png(figure: "Figure") -> bytes:
    """The figure as PNG, the same bytes for the same figure."""
    from matplotlib.text import Text

    for axes in figure.axes:
        # matplotlib creates the tick texts on the first access.
        axes.get_xticklabels(), axes.get_yticklabels()
    for text in figure.findobj(Text):
        text.set_fontfamily(list(font_families()))
        text.set_parse_math(False)  # a $ in a label is a dollar sign, not TeX
    buffer = io.BytesIO()
    # The constrained layout lets long tick labels of a square matrix run over the edge; a tight box holds them.
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.12, metadata={"Software": None})
    return buffer.getvalue()
