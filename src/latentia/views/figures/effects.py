"""What the factors mean: how each column changes, in its own unit, when one factor moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.figures.chosen_columns import by_leading_factor, shown_of, strongest
from latentia.views.style import (
    INK,
    LINE,
    MUTED,
    NEGATIVE,
    POSITIVE,
    TICK,
    dress,
    headline,
    label,
    labels,
    new_figure,
)
from latentia.views.writing import signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from latentia.insight.results import Effects

MOST_COLUMNS = 24
MOST_IN_ROWS = 14  # columns where the factors need more than one row of panels
ACROSS = 4
FEW_ACROSS = 2  # as many panels are narrower than the longest line below them
ROOM = 0.74  # of a panel's half for bars and intervals; the rest is for numbers
FAINT = 0.25  # standard deviations; smaller changes are written in grey


def plot_effects(
    effects: Effects,
    column_names: Sequence[str],
    *,
    units: Sequence[str | None] | None = None,
    factor_names: Sequence[str] | None = None,
    order: Sequence[int] | None = None,
    ax: Axes | None = None,
    factor: int = 0,
) -> Figure:
    """Draw one panel of diverging bars per factor, in standard deviations, the change in units beside.

    Where effects have intervals, a thin line over each bar shows them.

    Parameters
    ----------
    effects : Effects
    column_names : sequence of str
        All columns of the table; those that change most are drawn, under their leading factor.
    units : sequence of str or None, optional
        Unit per column.
    factor_names : sequence of str, optional
    order : sequence of int, optional
        Positions of the factors in the order of the panels.
    ax : matplotlib axes, optional
        Draw only one factor, into these axes.
    factor : int, default 0
        Which factor `ax` gets.

    Returns
    -------
    figure : matplotlib Figure
    """
    k, p = effects.change.shape
    known = [None] * p if units is None else units
    names = [f"factor {j + 1}" for j in range(k)] if factor_names is None else factor_names
    chosen = strongest(
        np.nan_to_num(np.abs(effects.change_scaled)).max(axis=0),
        MOST_COLUMNS if k <= ACROSS else MOST_IN_ROWS,
    )
    columns = by_leading_factor(effects.change_scaled, chosen)
    limit = _limit(effects)
    shown = range(k) if order is None else order
    ticks = labels(
        [column_names[int(column)] for column in columns], [known[int(column)] for column in columns]
    )
    if ax is not None:
        _draw_factor(ax, effects, factor, columns, limit=limit)
        ax.set_yticks(range(len(columns)), ticks)
        return ax.figure  # type: ignore[return-value]
    across = min(k, ACROSS)
    lines = -(-k // across)
    figure = new_figure(
        3.0 + 2.35 * across + (2.0 if across == 1 else 0), 1.4 + lines * (0.55 + 0.33 * len(columns))
    )
    panels = figure.subplots(lines, across, sharex=True, sharey=True, squeeze=False)
    for panel in panels.flat[k:]:
        panel.set_visible(False)
    for place, (j, panel) in enumerate(zip(shown, panels.flat, strict=False)):
        _draw_factor(panel, effects, j, columns, limit=limit)
        panel.set_title(label(names[j]), fontsize=TICK + 1, color=INK, loc="left")
        panel.tick_params(labelbottom=place + across >= k)
    panels[0, 0].set_yticks(range(len(columns)), ticks)
    panels[0, 0].invert_yaxis()
    room = ";" if across > FEW_ACROSS else ";\n"
    intervals = "" if effects.margin is None else f"{room} lines: 95 % intervals over resamples"
    figure.supxlabel(
        "change as the factor goes from its 10th to its 90th percentile, others at their median:\n"
        f"bars in standard deviations, numbers in the column's own unit{intervals}",
        fontsize=TICK,
        color=INK,
    )
    named = dict(zip(columns.tolist(), ticks, strict=True))
    headline(figure, _title(effects, named, names) + shown_of(len(columns), p, "largest changes"))
    return figure


def _limit(effects: Effects) -> float:
    """Return where the panels end: room for the largest bar, its interval if not too long, and text."""
    sizes = np.abs(np.nan_to_num(effects.change_scaled))
    largest = float(sizes.max(initial=1e-12))
    margins = 0.0 if effects.margin_scaled is None else np.nan_to_num(effects.margin_scaled)
    return max(1.75 * largest, min(float((sizes + margins).max(initial=0.0)), 1.6 * largest) / ROOM)


def _draw_factor(
    panel: Axes, effects: Effects, factor: int, columns: NDArray[np.int64], *, limit: float
) -> None:
    sizes = np.nan_to_num(effects.change_scaled[factor, columns])
    panel.barh(
        range(len(columns)), sizes, color=[POSITIVE if size > 0 else NEGATIVE for size in sizes], height=0.66
    )
    panel.axvline(0, color=LINE, linewidth=1.2)
    margins = np.zeros(len(columns))
    if effects.margin_scaled is not None:
        # What lies beyond the panel ends in an arrow at its edge: such an effect is not known.
        margins = np.nan_to_num(effects.margin_scaled[factor, columns])
        for side, marker in ((1, ">"), (-1, "<")):
            cut = np.flatnonzero(side * sizes + margins > ROOM * limit)
            panel.plot(np.full(len(cut), side * ROOM * limit), cut, marker, color=INK, markersize=4)
        panel.hlines(
            range(len(columns)),
            np.maximum(sizes - margins, -ROOM * limit),
            np.minimum(sizes + margins, ROOM * limit),
            color=INK,
            linewidth=1.1,
        )
    dress(panel, grid="x")
    panel.spines["left"].set_visible(False)
    panel.tick_params(axis="y", length=0)
    panel.set_xlim(-limit, limit)
    for position, (column, size, margin) in enumerate(zip(columns, sizes, margins, strict=True)):
        end = size + margin if size >= 0 else size - margin
        panel.annotate(
            signed(effects.change[factor, column], 2),
            (float(np.clip(end, -ROOM * limit, ROOM * limit)), position),
            xytext=(4 if size >= 0 else -4, 0),
            textcoords="offset points",
            va="center",
            ha="left" if size >= 0 else "right",
            fontsize=TICK - 2,
            color=MUTED if abs(size) < FAINT else INK,
            in_layout=False,  # there is room for it within the limits
        )


def _title(effects: Effects, columns: Mapping[int, str], names: Sequence[str]) -> str:
    sizes = np.nan_to_num(np.abs(effects.change_scaled))
    factor, column = np.unravel_index(int(sizes.argmax()), sizes.shape)
    size = signed(effects.change_scaled[factor, column], 2)
    return f"{label(names[int(factor)])} moves {columns[int(column)]} most: by {size} standard deviations"
