"""Which recipe? Those that were tried on the same split, best on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import (
    INK,
    LINE,
    NETWORK,
    PAPER,
    SKY,
    TICK,
    VERMILION,
    axes_of,
    dress,
    headline,
    label,
    labels,
    legend,
    logarithmic,
    note,
)
from latentia.views.writing import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import Candidate

MOST_ROWS = 30


def plot_candidates(candidates: Sequence[Candidate], *, ax: Axes | None = None) -> Figure | SubFigure:
    """Draw training and held-out error of every recipe; the gap between them is overfitting."""
    shown = sorted(candidates, key=_rank)[:MOST_ROWS]
    figure, axes = axes_of(ax, 9, max(2.6, 1.9 + 0.45 * len(shown)))
    if not shown:
        note(axes, "No other recipes were tried.")
        return figure
    training = np.array([one.training_mse for one in shown], dtype=float)
    held_out = np.array([one.held_out_mse for one in shown], dtype=float)
    places = np.arange(len(shown))
    axes.hlines(places, training, held_out, color=LINE, linewidth=3)
    axes.scatter(
        training, places, s=60, color=SKY, marker="D", edgecolors=PAPER, zorder=3, label="training rows"
    )
    axes.scatter(
        held_out, places, s=80, color=VERMILION, marker="o", edgecolors=PAPER, zorder=3, label="held-out rows"
    )
    names = labels([one.name for one in shown], most=34)
    axes.set_yticks(
        places, [name + (" ★" if one.chosen else "") for name, one in zip(names, shown, strict=True)]
    )
    axes.set_ylim(len(shown) - 0.5, -0.5)
    finite = np.concatenate([training, held_out])
    finite = finite[np.isfinite(finite)]
    if len(finite) and finite.min() > 0 and finite.max() / finite.min() > 30:  # noqa: PLR2004  one would hide the rest
        logarithmic(axes, "x")
    dress(axes, grid="x", x="mean squared error in scaled units, lower is better (★ this report's network)")
    for place, text in zip(places, axes.get_yticklabels(), strict=True):
        text.set(color=NETWORK if shown[place].chosen else INK, fontsize=TICK)
    legend(axes, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.1)
    best = shown[0]
    headline(
        figure, f"Best recipe on held-out rows: {label(best.name, most=40)}, R² {score(best.held_out_r2)}"
    )
    return figure


def _rank(candidate: Candidate) -> float:
    return candidate.held_out_mse if np.isfinite(candidate.held_out_mse) else np.inf
