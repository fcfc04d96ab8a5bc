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
    MUTED,
    NOISE,
    SIGNED,
    TICK,
    axes_of,
    dress,
    headline,
    labels,
    new_figure,
    wrapped,
)
from latentia.views.writing import score, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from latentia.insight.results import FirstLayerWeights

MOST_PANELS = 24
MOST_ROWS = 30
ACROSS = 4
GAP = 0.12  # between small charts, as a share of their width
MOST_NAMED = 12  # units that can be named below their bars


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
        With one unit, a single chart of all these columns.
    """
    chosen = strongest(np.abs(weights.values).max(axis=1), MOST_PANELS)
    if weights.values.shape[1] == 1:
        return _plot_one_unit(weights, chosen, column_names)
    names = labels([column_names[int(column)] for column in chosen], most=20)
    lines = [slice(start, start + ACROSS) for start in range(0, len(chosen), ACROSS)]
    title = wrapped(_title(weights, len(chosen), len(column_names)), 9.4)
    top = 0.62 + 0.24 * title.count("\n")
    height = 0.75 + top + 1.4 * len(lines)
    figure = new_figure(9.4, height, fitted=False)
    rows = figure.subplots(len(lines), 1, sharey=True, squeeze=False)[:, 0]
    figure.subplots_adjust(0.07, 0.62 / height, 0.985, 1 - (top + 0.12) / height, hspace=0.42)
    for row, line in zip(rows, lines, strict=True):
        _draw_bars(row, weights.values[chosen[line]], names[line], ticks=_ticks(weights))
    limit = 1.15 * float(np.nanmax(np.abs(weights.values[chosen]), initial=1e-12))
    rows[0].set_ylim(-limit, limit)
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
        rows=labels([column_names[int(column)] for column in chosen]),
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


def _plot_one_unit(
    weights: FirstLayerWeights, chosen: NDArray[np.int64], column_names: Sequence[str]
) -> Figure:
    """Draw the weights of all columns to one unit as bars beside each other."""
    values = weights.values[chosen, 0]
    figure = new_figure(8.4, 1.6 + 0.3 * len(chosen))
    axes = figure.add_subplot()
    axes.barh(range(len(chosen)), values, color=_colours(values), height=0.66)
    axes.axvline(0, color=MUTED, linewidth=1.0)
    axes.set_yticks(range(len(chosen)), labels([column_names[int(column)] for column in chosen]))
    axes.set_ylim(len(chosen) - 0.5, -0.5)
    dress(axes, grid="x", x=f"weight to {weights.unit_names[0]}")
    headline(figure, _title(weights, len(chosen), len(column_names)))
    return figure


def _title(weights: FirstLayerWeights, shown: int, total: int) -> str:
    told = f"First-layer weights, blue positive, grey negative{_agreement(weights)}"
    return told + shown_of(shown, total, "largest")


def _colours(values: np.ndarray) -> list[str]:
    return [BLUE if weight > 0 else NOISE for weight in values]


def _draw_bars(row: Axes, values: np.ndarray, names: Sequence[str], *, ticks: Sequence[str]) -> None:
    """Draw a line of small bar charts into one pair of axes: a pair for each takes four times as long."""
    width = values.shape[1]
    step = width + max(1.0, GAP * width)
    dress(row, grid="y")
    for position, (heights, name) in enumerate(zip(values, names, strict=True)):
        places = position * step + np.arange(width)
        row.bar(places, heights, color=_colours(heights), width=0.72)
        row.annotate(
            name, (places[0] - 0.5, 1.0), xycoords=row.get_xaxis_transform(), xytext=(0, 4),
            textcoords="offset points", fontsize=TICK, color=INK,
        )  # fmt: skip
        row.hlines(0, places[0] - 0.5, places[-1] + 0.5, color=MUTED, linewidth=1.0)
    row.set_xlim(-0.6, ACROSS * step - (step - width) - 0.4)
    row.spines["bottom"].set_visible(False)
    row.tick_params(axis="x", length=0, pad=1)
    starts = np.arange(len(values)) * step
    row.set_xticks((starts[:, None] + np.arange(width)).ravel() if ticks else [], [*ticks] * len(values))
    row.locator_params(axis="y", nbins=4)


def _ticks(weights: FirstLayerWeights) -> list[str]:
    """Return the names of the units where there is room for them."""
    names = _short_names(weights)
    return names if len(names) <= MOST_NAMED else []


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
    return f"; {share(weights.sign_agreement)} of the signs hold under other seeds (chance: about 50 %)"
