"""Strange rows: those that the model reconstructs badly, and the columns that make them so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentia.views.style import (
    INK,
    MUTED,
    NETWORK,
    TICK,
    VERMILION,
    axes_of,
    dress,
    headline,
    label,
    legend,
    note,
)
from latentia.views.writing import amount, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import StrangeRow

MOST_ROWS = 12


def plot_strange_rows(rows: Sequence[StrangeRow], *, ax: Axes | None = None) -> Figure | SubFigure:
    """Draw the errors of the strangest rows, each with its strangest column, value and expectation."""
    shown = sorted(rows, key=lambda row: -row.score)[:MOST_ROWS]
    figure, axes = axes_of(ax, 9.4, max(2.6, 1.6 + 0.5 * len(shown)))
    if not shown:
        note(axes, "No row is reconstructed strangely badly.")
        return figure
    places = range(len(shown))
    bars = axes.barh(places, [row.score for row in shown], height=0.62)
    for bar, row in zip(bars, shown, strict=True):
        bar.set_color(VERMILION if row.held_out else NETWORK)
    for place, row in zip(places, shown, strict=True):
        axes.annotate(
            _reason(row), (row.score, place), xytext=(6, 0), textcoords="offset points", va="center",
            fontsize=TICK, color=INK,
        )  # fmt: skip
    axes.set_yticks(places, [f"row {row.row:,}" for row in shown])
    axes.invert_yaxis()
    dress(axes, grid="x", x="mean squared error of the row, scaled")
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, shown[0].score * 2.1)
    _legend(axes, shown)
    first = shown[0]
    rows_told = counted(len(shown), "row")
    headline(figure, f"{rows_told} reconstructed worst; row {first.row:,}: p = {amount(first.p_value, 2)}")
    return figure


def _reason(row: StrangeRow) -> str:
    if not row.columns:
        return ""
    name = label(row.columns[0], most=22)
    return f"{name} {amount(row.values[0])}, expected {amount(row.expected[0])}"


def _legend(ax: Axes, shown: Sequence[StrangeRow]) -> None:
    kinds = {row.held_out for row in shown}
    handles = [ax.barh([0], [0], color=VERMILION if held_out else NETWORK) for held_out in sorted(kinds)]
    names = ["held-out row" if held_out else "training row" for held_out in sorted(kinds)]
    drawn = legend(ax, handles, names, loc="lower right")
    for text in drawn.get_texts():
        text.set_color(MUTED)
