"""Which learning rate? The loss of several networks while the rate grows, and the one to train with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import (
    BLUE,
    INK,
    MUTED,
    NOISE,
    TICK,
    VERMILION,
    axes_of,
    dress,
    headline,
    legend,
    logarithmic,
    note,
)
from latentia.views.writing import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.rate_sweep import RateSweep

# Room above the highest loss that is read, as a share of how far the losses go.
HEADROOM = 0.3


def plot_rates(sweep: RateSweep, *, used: float | None = None, ax: Axes | None = None) -> Figure | SubFigure:
    """Draw every network's loss over the learning rate, their median, and the suggestion.

    Parameters
    ----------
    sweep : RateSweep
    used : float, optional
        The rate that a fit was trained with, to be marked too.
    ax : matplotlib axes, optional
        Where to draw; without it a figure is made.

    Returns
    -------
    figure : matplotlib Figure
    """
    figure, axes = axes_of(ax, 8, 4.6)
    read = np.isfinite(sweep.smoothed)
    if not read.any():
        note(axes, "No loss was a number at any rate.")
        return figure
    networks = sweep.losses.shape[1]
    low, high = float(np.nanmin(sweep.losses)), float(np.nanmax(sweep.smoothed))
    top = high + HEADROOM * (high - low)
    # Losses that have blown up leave the picture; how far would be more than a canvas can count to.
    axes.plot(sweep.rates, np.minimum(sweep.losses, 2 * top - low), color=NOISE, linewidth=0.8, alpha=0.7)
    axes.plot([], [], color=NOISE, linewidth=0.8, label=f"{counted(networks, 'network')}, after each step")
    # Where more than half of the networks have blown up there is no typical one.
    shown = 2 * read.sum(axis=1) > networks
    middle = np.nanmedian(sweep.smoothed[shown], axis=1)
    axes.plot(sweep.rates[shown], middle, color=BLUE, linewidth=2.5, label="median, smoothed")
    dress(axes, grid="y", x="learning rate", y="loss on training rows, without noise")
    logarithmic(axes, "x")
    axes.set_ylim(low - 0.05 * (high - low), top)
    if sweep.suggestion is not None:
        name = f"suggestion, {sweep.suggestion:g}"
        axes.axvline(sweep.suggestion, color=VERMILION, linewidth=1.5, label=name)
    if used is not None and sweep.rates[0] <= used <= sweep.rates[-1]:
        axes.axvline(used, color=INK, linewidth=1.5, linestyle="--", label=f"trained with {used:.3g}")
    if sweep.lowest is not None:
        axes.axvline(sweep.lowest, color=MUTED, linewidth=1.2, linestyle=":")
        axes.annotate(
            f"lowest: {sweep.lowest:g}", (sweep.lowest, 0.03), xycoords=("data", "axes fraction"),
            xytext=(6, 0), textcoords="offset points", fontsize=TICK, color=MUTED,
        )  # fmt: skip
    legend(axes, loc="lower left")
    headline(figure, sweep.reason)
    return figure
