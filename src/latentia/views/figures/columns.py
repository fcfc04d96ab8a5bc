"""Column by column: how well each is reconstructed, and which factor it cannot do without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.figures.chosen_columns import by_leading_factor, shown_of, strongest
from latentia.views.figures.heat_map import draw_heat_map
from latentia.views.style import (
    INK,
    LABEL,
    LINE,
    LINEAR,
    MUTED,
    NETWORK,
    PAPER,
    SIGNED,
    TICK,
    axes_of,
    dress,
    headline,
    label,
    labels,
    legend,
)
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from latentia.insight.results import Ablation, Baseline, Quality

MOST_COLUMNS = 30
FLOOR = -0.25  # R² below this is drawn at the edge, with its number


def plot_columns(
    held_out: Quality,
    baseline: Baseline | None,
    column_names: Sequence[str],
    *,
    what: str = "column",
    ax: Axes | None = None,
) -> Figure | SubFigure:
    """Draw held-out R² per column, the network's beside the baseline's, best column on top.

    Parameters
    ----------
    held_out : Quality
        The network's, with ``r2_per_column``.
    baseline : Baseline or None
    column_names : sequence of str
        All columns; of a wide table the best and the worst reconstructed are drawn. Those that do
        not vary are left out, and the axis says so.
    what : str, default "column"
        What they are called when they are counted.
    ax : matplotlib axes, optional

    Returns
    -------
    figure : matplotlib Figure
    """
    ours = np.asarray(held_out.r2_per_column, dtype=float)
    order = np.argsort(-np.nan_to_num(ours, nan=-np.inf), kind="stable")[: int(np.isfinite(ours).sum())]
    still = len(ours) - len(order)
    if len(order) > MOST_COLUMNS:
        order = np.concatenate([order[: MOST_COLUMNS // 2], order[-MOST_COLUMNS // 2 :]])
    figure, axes = axes_of(ax, 8.4, 1.9 + 0.31 * len(order))
    theirs = None if baseline is None else np.asarray(baseline.held_out.r2_per_column, dtype=float)
    drawn = {"network": ours[order]}
    if baseline is not None and theirs is not None:
        drawn = {baseline.name: theirs[order], **drawn}
        ends = [_clipped(values) for values in drawn.values()]
        axes.hlines(range(len(order)), ends[0], ends[1], color=LINE, linewidth=3)
        colour = LINEAR.get(baseline.name, LINE)
        _dots(axes, theirs[order], label=label(baseline.name), color=colour, marker="D", s=86)
    _dots(axes, ours[order], label="network", color=NETWORK, marker="o", s=48)
    _write_below_floor(axes, drawn)
    axes.set_yticks(range(len(order)), labels([column_names[int(column)] for column in order]))
    axes.invert_yaxis()
    left_out = f" ({counted(still, f'{what} does', f'{what}s do')} not vary)" if still else ""
    dress(axes, grid="xy", x=f"R² on {held_out.n_rows:,} held-out rows (1: perfect, 0: the mean){left_out}")
    lowest = min(float(_clipped(values).min(initial=1.0)) for values in drawn.values())
    axes.set_xlim(min(-0.02, lowest - 0.03), 1.03)
    headline(
        figure,
        _title(held_out, baseline, ours, theirs, what)
        + shown_of(len(order), len(ours) - still, "best and worst"),
    )
    if theirs is not None:
        legend(axes, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.1)
    return figure


def plot_ablation(
    ablation: Ablation,
    column_names: Sequence[str],
    *,
    factor_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Figure | SubFigure:
    """Draw what is lost of each column's held-out R² when one factor is fixed at its mean."""
    lost = np.asarray(ablation.r2_lost_per_column, dtype=float)
    k, p = lost.shape
    names = [f"factor {j + 1}" for j in range(k)] if factor_names is None else factor_names
    columns = by_leading_factor(lost, strongest(np.nan_to_num(np.abs(lost)).max(axis=0), MOST_COLUMNS))
    figure, axes = axes_of(ax, max(7.4, min(3.4 + 0.95 * k, 11)), 2.2 + 0.31 * len(columns))
    table = np.vstack([ablation.r2_lost[None, :], lost[:, columns].T])
    limit = max(1.0, min(float(np.nanmax(np.abs(table), initial=1.0)), 2.0))
    draw_heat_map(
        axes,
        table,
        rows=["all columns", *labels([column_names[int(column)] for column in columns])],
        columns=labels(names, most=14),
        colours=SIGNED,
        limits=(-limit, limit),
        written=score,
    )
    axes.axhline(1, color=PAPER, linewidth=5)
    axes.set_xlabel("R² lost when the factor is fixed at its mean", fontsize=LABEL, color=INK)
    leading = int(np.nanargmax(ablation.r2_lost)) if np.isfinite(ablation.r2_lost).any() else 0
    title = f"Without {label(names[leading])}, held-out R² falls by {score(float(ablation.r2_lost[leading]))}"
    headline(figure, title + shown_of(len(columns), p, "largest losses"))
    return figure


def _dots(ax: Axes, values: NDArray[np.float64], **look: object) -> None:
    ax.scatter(_clipped(values), range(len(values)), zorder=3, edgecolors=PAPER, linewidths=0.8, **look)  # type: ignore[arg-type]


def _write_below_floor(ax: Axes, drawn: Mapping[str, NDArray[np.float64]]) -> None:
    """Write the scores of columns that lie left of the axes, at whose edge they are drawn."""
    table = np.array(list(drawn.values()))
    for position in np.flatnonzero((table < FLOOR).any(axis=0)):
        told = ", ".join(f"{label(name)} {score(values[position])}" for name, values in drawn.items())
        ax.annotate(
            told, (float(_clipped(table[:, position]).max()), position), xytext=(9, 0),
            textcoords="offset points", va="center", fontsize=TICK - 1, color=MUTED,
        )  # fmt: skip


def _clipped(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(values, FLOOR)


def _title(
    held_out: Quality,
    baseline: Baseline | None,
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64] | None,
    what: str,
) -> str:
    if baseline is None or theirs is None:
        return f"Held-out R² {score(held_out.r2)} over all columns"
    better = int(np.sum(ours > theirs))
    return (
        f"The network explains {better:,} of {counted(int(np.isfinite(ours).sum()), what)} better than "
        f"{label(baseline.name)} (held-out R² {score(held_out.r2)} against {score(baseline.held_out.r2)})"
    )
