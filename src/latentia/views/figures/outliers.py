"""Strange rows: those that the model reconstructs badly, and the columns that make them so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import (
    INK,
    LINE,
    NETWORK,
    TICK,
    VERMILION,
    axes_of,
    dress,
    headline,
    labels,
    legend,
    logarithmic,
    note,
)
from latentia.views.writing import amount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import StrangeRow

MOST_ROWS = 12
WIDE = 20  # between the largest and the smallest error: more hides all rows but the first
LOOKS = ((False, NETWORK, "o", "training row"), (True, VERMILION, "D", "held-out row"))


def plot_strange_rows(rows: Sequence[StrangeRow], *, ax: Axes | None = None) -> Figure | SubFigure:
    """Draw the errors of the strangest rows, each with its strangest column, value and expectation.

    Where one error would dwarf the others the axis is logarithmic, which points bear and bars do not.
    """
    shown = sorted(rows, key=lambda row: -row.score)[:MOST_ROWS]
    figure, axes = axes_of(ax, 9.4, max(2.6, 1.6 + 0.5 * len(shown)))
    if not shown:
        note(axes, "No row is reconstructed strangely badly.")
        return figure
    places = range(len(shown))
    scores = np.array([row.score for row in shown])
    axes.hlines(places, 0, scores, color=LINE, linewidth=3)
    for held_out, colour, marker, name in LOOKS:
        chosen = [place for place in places if shown[place].held_out == held_out]
        if chosen:
            axes.scatter(scores[chosen], chosen, s=70, color=colour, marker=marker, label=name, zorder=3)
    reasons = _reasons(shown)
    for place, reason in zip(places, reasons, strict=True):
        axes.text(
            1.02,
            place,
            reason,
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=TICK,
            color=INK,
        )
    axes.set_yticks(places, [f"row {row.row:,}" for row in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    dress(axes, grid="x", x="mean squared error of the row, scaled units")
    axes.tick_params(axis="y", length=0)
    if scores.min() > 0 and scores.max() / scores.min() > WIDE:
        logarithmic(axes, "x")
        axes.set_xlim(left=scores.min() / 2)
    else:
        axes.set_xlim(left=0)
    legend(axes, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.1)
    first = shown[0]
    headline(
        figure,
        f"Row {first.row:,} is reconstructed worst (p = {amount(first.p_value, 2)}): {reasons[0]}",
    )
    return figure


def _reasons(rows: Sequence[StrangeRow]) -> list[str]:
    """Return, per row, its strangest column with what stands there and what was expected."""
    names = labels([row.columns[0] if row.columns else "" for row in rows], most=22)
    return [
        f"{name} {amount(row.values[0])}, expected {amount(row.expected[0])}" if row.columns else ""
        for name, row in zip(names, rows, strict=True)
    ]
