"""The first layer's weights: what the encoder reads from each column, with their signs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from latentia.views.figures.chosen_columns import shown_of, strongest
from latentia.views.figures.heat_map import draw_heat_map
from latentia.views.style import (
    BLUE,
    INK,
    LINE,
    NOISE,
    SIGNED,
    TICK,
    axes_of,
    dress,
    headline,
    label,
    new_figure,
    wrapped,
)
from latentia.views.writing import score, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import FirstLayerWeights

MOST_PANELS = 24
MOST_ROWS = 30
ACROSS = 4


def plot_weight_bars(weights: FirstLayerWeights, column_names: Sequence[str]) -> Figure:
    """Draw one small bar chart per column: its weight to each unit, grey where it is negative.

    Parameters
    ----------
    weights : FirstLayerWeights
    column_names : sequence of str
        All columns of the table; the 24 with the largest weights are drawn.

    Returns
    -------
    figure : matplotlib Figure
    """
    largest = np.abs(weights.values).max(axis=1)
    chosen = strongest(largest, MOST_PANELS)
    lines = math.ceil(len(chosen) / ACROSS)
    title = wrapped(
        f"First-layer weights: blue positive, grey negative{_agreement(weights)}"
        + shown_of(len(chosen), len(column_names), "largest"),
        9.4,
    )
    top = 0.62 + 0.24 * title.count("\n")
    height = 0.75 + top + 1.4 * lines
    figure = new_figure(9.4, height, layout=None)
    panels = figure.subplots(lines, ACROSS, sharex=True, sharey=True, squeeze=False)
    figure.subplots_adjust(0.07, 0.62 / height, 0.985, 1 - (top + 0.12) / height, wspace=0.12, hspace=0.42)
    width = weights.values.shape[1]
    for panel in panels.flat[len(chosen) :]:
        panel.set_visible(False)
    for position, (panel, column) in enumerate(zip(panels.flat, chosen, strict=False)):
        _draw_bars(panel, weights.values[column], label(column_names[int(column)], most=22))
        bottom = position + ACROSS >= len(chosen)
        panel.tick_params(labelbottom=bottom and width <= 12, labelleft=position % ACROSS == 0)  # noqa: PLR2004
    limit = 1.15 * float(np.nanmax(largest, initial=1e-12))
    panels[0, 0].set_ylim(-limit, limit)
    panels[0, 0].set_xticks(range(width) if width <= 12 else [], _short_names(weights) if width <= 12 else [])  # noqa: PLR2004
    headline(figure, title, y=1 - 0.14 / height)
    figure.supxlabel(_axis(weights), y=0.08 / height, fontsize=TICK, color=INK)
    return figure


def plot_weight_map(
    weights: FirstLayerWeights, column_names: Sequence[str], *, ax: Axes | None = None
) -> Figure | SubFigure:
    """Draw all first-layer weights as a signed heat map of columns by units.

    Units are those of the first layer; beyond 64 the ones with the largest weights are drawn.
    """
    chosen = strongest(np.abs(weights.values).max(axis=1), MOST_ROWS)
    units = strongest(np.abs(weights.values).max(axis=0), 64)
    values = weights.values[np.ix_(chosen, units)]
    figure, axes = axes_of(ax, max(6.4, min(2.8 + 0.75 * len(units), 9.4)), 1.7 + 0.3 * len(chosen))
    limit = float(np.nanmax(np.abs(values), initial=1e-12))
    numeric = len(units) <= 10  # noqa: PLR2004  beyond, numbers do not fit into the cells
    draw_heat_map(
        axes,
        values,
        rows=[label(column_names[int(column)]) for column in chosen],
        columns=[_short_names(weights)[unit] for unit in units],
        colours=SIGNED,
        limits=(-limit, limit),
        written=score if numeric else None,
    )
    axes.set_xlabel(_axis(weights), fontsize=TICK, color=INK)
    positive = float((weights.values > 0).mean())
    title = f"{share(positive)} of the weights are positive (blue){_agreement(weights)}"
    dress_title = title + shown_of(len(chosen), len(column_names), "largest")
    if ax is None:
        headline(figure, dress_title)
    else:
        axes.set_title(dress_title, fontsize=TICK, color=INK, loc="left")
    return figure


def _draw_bars(panel: Axes, values: np.ndarray, title: str) -> None:
    colours = [BLUE if value > 0 else NOISE for value in values]
    panel.bar(range(len(values)), values, color=colours, width=0.72)
    panel.axhline(0, color=LINE, linewidth=1.0)
    dress(panel, grid="y")
    panel.set_title(title, fontsize=TICK, color=INK, loc="left", pad=4)
    panel.spines["bottom"].set_visible(False)
    panel.tick_params(axis="x", length=0)
    panel.locator_params(axis="y", nbins=4)


def _short_names(weights: FirstLayerWeights) -> list[str]:
    return [name.removeprefix("factor ").removeprefix("unit ") for name in weights.unit_names]


def _axis(weights: FirstLayerWeights) -> str:
    return (
        "factor"
        if weights.unit_names and weights.unit_names[0].startswith("factor")
        else "unit of the first layer"
    )


def _agreement(weights: FirstLayerWeights) -> str:
    if not math.isfinite(weights.sign_agreement):
        return ""
    return f"; {share(weights.sign_agreement)} of the signs hold under other seeds"
