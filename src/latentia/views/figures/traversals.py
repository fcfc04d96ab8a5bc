"""Walks along each factor: curves of the columns that it moves most, bent where the network is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator
from sklearn.isotonic import isotonic_regression

from latentia.views.style import (
    GREEN,
    INK,
    LINE,
    NEGATIVE,
    POSITIVE,
    TICK,
    dress,
    headline,
    inches_of,
    label,
    labels,
    new_figure,
    safe,
    wrapped,
)
from latentia.views.writing import signed, told_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from latentia.insight.factor_results import Traversals

MOST_FACTORS = 12
FAINT = 0.25  # standard deviations; a curve that moves less is drawn only if none moves more
TURNING = 0.2  # share of the way that a curve goes back
LOOKS = {POSITIVE: "blue rises", NEGATIVE: "orange falls", GREEN: "green turns back"}
WIDTH, HEIGHT = 3.4, 2.75  # inches of a panel, at least
CURVES = 1.6  # inches that are left for curves beside the longest name
NARROWEST = 7.8  # inches of a figure
LEFT, BETWEEN = 0.9, 0.3  # inches for the heights, and beside each panel
BEFORE, LEADS = 0.03, 0.11  # of the curves' width, left of them and from their ends to the names
MOST_NAMES = 0.7  # of a panel's width
GAP = 0.085  # between lines of names, as a share of the panel's height
LONGEST_NAME, LONGEST_UNIT = 17, 7
NAMES = TICK - 2  # points


class _Curve(NamedTuple):
    """One column along one factor."""

    heights: NDArray[np.float64]
    text: str
    colour: str


def plot_traversals(
    traversals: Traversals,
    column_names: Sequence[str],
    *,
    units: Sequence[str | None] | None = None,
    factor_names: Sequence[str] | None = None,
    order: Sequence[int] | None = None,
    ax: Axes | None = None,
    factor: int = 0,
) -> Figure:
    """Draw one panel per factor: how columns change on the way, in standard deviations.

    At the end of each curve stand the column's name and its change over the whole way, in its own unit.

    Parameters
    ----------
    traversals : Traversals
    column_names : sequence of str
        All columns of the table.
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
    k = len(traversals.values)
    known = [None] * len(column_names) if units is None else units
    names = labels([f"factor {j + 1}" for j in range(k)] if factor_names is None else factor_names)
    if ax is not None:
        own = _curves(traversals, factor, column_names, known)
        width = ax.bbox.width / ax.figure.dpi
        _draw_factor(ax, traversals.values[factor], own, _longest([own]) / width)
        return ax.figure  # type: ignore[return-value]
    places = list(range(k) if order is None else order)[:MOST_FACTORS]
    shown = len(places)
    curves = [_curves(traversals, j, column_names, known) for j in places]
    across = 2 if shown in (2, 4) else min(shown, 3)
    lines = -(-shown // across)
    longest = _longest(curves)
    wide = max(LEFT + (max(WIDTH, longest + CURVES) + BETWEEN) * across, NARROWEST)
    width = (wide - LEFT) / across - BETWEEN
    figure = new_figure(wide, 1.9 + HEIGHT * lines)
    panels = figure.subplots(lines, across, sharey=True, squeeze=False)
    for panel in panels.flat[shown:]:
        panel.set_visible(False)
    # Names keep their distance in the heights that all panels share, so these come first.
    heights = np.nan_to_num(np.concatenate([curve.heights for panel in curves for curve in panel]))
    low, high = float(heights.min()), float(heights.max())
    edge = max(0.08 * (high - low), 1e-12)
    for j, drawn, panel in zip(places, curves, panels.flat, strict=False):
        panel.set_ylim(low - edge, high + edge)
        _draw_factor(panel, traversals.values[j], drawn, longest / width)
        panel.set_title(names[j], fontsize=TICK + 1, color=INK, loc="left")
    figure.supylabel("change against the factor's median, in sd", fontsize=TICK, color=INK)
    colours = {one.colour for panel in curves for one in panel}
    looks = ", ".join(look for colour, look in LOOKS.items() if colour in colours)
    caption = (
        f"factor from its 5th to its 95th percentile, others at their median; {looks}; "
        "numbers: change over the whole way, in the column's own unit"
    )
    figure.supxlabel(wrapped(caption, figure.get_figwidth(), TICK), fontsize=TICK, color=INK)
    headline(figure, _title(traversals, column_names, names) + _left_out(shown, k))
    return figure


def _curves(
    traversals: Traversals, factor: int, names: Sequence[str], units: Sequence[str | None]
) -> list[_Curve]:
    """Return the curves of a panel, the widest first; faint ones only if there is nothing else."""
    columns = traversals.columns[factor]
    heights = traversals.change_scaled[factor]
    widths = np.nan_to_num(np.ptp(heights, axis=1))
    kept = np.flatnonzero(widths >= min(FAINT, float(widths.max(initial=0.0))))
    short = told_apart([names[int(columns[at])] for at in kept], LONGEST_NAME)
    return [
        _Curve(heights[at], _text(name, traversals.in_units[factor, at], units[int(columns[at])]),
               _colour(heights[at]))
        for name, at in zip(short, kept, strict=True)
    ]  # fmt: skip


def _longest(curves: Sequence[Sequence[_Curve]]) -> float:
    """Return how many inches the longest name of all takes."""
    return max((inches_of(one.text, NAMES) for panel in curves for one in panel), default=0.0)


def _text(name: str, walk: NDArray[np.float64], unit: str | None) -> str:
    told = f" {unit}" if unit and len(unit) <= LONGEST_UNIT else ""
    return safe(f"{name} {signed(float(walk[-1] - walk[0]), 2)}{told}")


def _colour(heights: NDArray[np.float64]) -> str:
    """Return the colour of a curve by where it ends, another if it goes back on the way."""
    steps = np.nan_to_num(np.diff(heights))
    up, down = float(steps[steps > 0].sum()), float(-steps[steps < 0].sum())
    if min(up, down) > TURNING * (up + down):
        return GREEN
    return POSITIVE if up >= down else NEGATIVE


def _draw_factor(panel: Axes, values: NDArray[np.float64], curves: Sequence[_Curve], names: float) -> None:
    """Draw the curves of a factor, with names beside them that take such a share of the panel."""
    names = min(names, MOST_NAMES)
    room = (LEADS + names * (1 + BEFORE)) / (1 - names)
    first, last = float(values[0]), float(values[-1])
    width = last - first or 1.0
    dress(panel)
    panel.plot([first, last], [0, 0], color=LINE, linewidth=1.2, zorder=1)
    for one in curves:
        panel.plot(values, one.heights, color=one.colour, linewidth=2.0, solid_capstyle="round")
    low, high = panel.get_ylim()
    ends = np.nan_to_num(np.array([one.heights[-1] for one in curves]))
    for one, end, place in zip(curves, ends, spread_apart(ends, GAP * (high - low), low, high), strict=True):
        panel.plot(
            [last, last + 0.06 * width, last + 0.09 * width], [end, place, place],
            color=one.colour, linewidth=0.8, clip_on=False,
        )  # fmt: skip
        panel.annotate(
            one.text, (last + LEADS * width, place), va="center", fontsize=NAMES, color=INK,
            in_layout=False,  # there is room for it within the limits
        )  # fmt: skip
    panel.set_xlim(first - BEFORE * width, last + room * width)
    panel.spines["bottom"].set_bounds(first, last)
    ticks = MaxNLocator(3).tick_values(first, last)
    panel.set_xticks([tick for tick in ticks if first <= tick <= last])


def spread_apart(places: NDArray[np.float64], gap: float, low: float, high: float) -> NDArray[np.float64]:
    """Move places on a line so that each has room, as little as possible, and within limits.

    Examples
    --------
    >>> spread_apart(np.array([0.0, 5.0, 0.5]), gap=1.0, low=-9.0, high=9.0)
    array([-0.25,  5.  ,  0.75])
    """
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(places))
    # Places that keep their distance are those that grow once the distances are taken off.
    moved = np.asarray(isotonic_regression(places[order] - steps), dtype=float)
    top = max(low + gap / 2, high - gap / 2 - (steps[-1] if len(steps) else 0.0))
    spread = np.empty(len(places))
    spread[order] = np.clip(moved, low + gap / 2, top) + steps
    return spread


def _title(traversals: Traversals, column_names: Sequence[str], names: Sequence[str]) -> str:
    widths = np.nan_to_num(np.ptp(traversals.change_scaled, axis=2))
    factor, at = np.unravel_index(int(widths.argmax()), widths.shape)
    column = label(column_names[int(traversals.columns[factor, at])])
    return (
        f"Along {names[int(factor)]}, {column} changes most: "
        f"over {widths[factor, at]:.1f} standard deviations"
    )


def _left_out(shown: int, k: int) -> str:
    return "" if shown == k else f" ({shown} of {k:,} factors)"
