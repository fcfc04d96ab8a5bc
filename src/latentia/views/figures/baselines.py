"""Is it worth it? The network beside linear models of the same size and beside itself untrained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import (
    INK,
    LINE,
    LINEAR,
    NETWORK,
    NOISE,
    PAPER,
    TICK,
    axes_of,
    dress,
    headline,
    label,
)
from latentia.views.writing import score, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import Study

FLOOR = -0.2


def plot_baselines(study: Study, *, ax: Axes | None = None) -> Figure | SubFigure:
    """Draw held-out R² of the network (with its other seeds), of PCA, factor analysis and no training.

    Parameters
    ----------
    study : Study
    ax : matplotlib axes, optional

    Returns
    -------
    figure : matplotlib Figure
    """
    bars = [("network", study.held_out.r2, NETWORK)]
    bars += [(base.name, base.held_out.r2, LINEAR.get(base.name, LINE)) for base in study.baselines]
    bars.append(("untrained network", study.untrained.r2, NOISE))
    figure, axes = axes_of(ax, 6.8, 1.9 + 0.5 * len(bars))
    values = np.array([value for _, value, _ in bars], dtype=float)
    drawn = np.clip(np.nan_to_num(values), FLOOR, None)
    axes.barh(range(len(bars)), drawn, color=[colour for *_, colour in bars], height=0.6)
    seeds = np.clip(np.asarray(study.stability.r2_per_seed, dtype=float), FLOOR, None)
    if len(seeds) > 1:
        places = np.linspace(-0.2, 0.2, len(seeds))
        axes.scatter(seeds, places, s=26, color=PAPER, edgecolors=INK, linewidths=1.0, zorder=3)
    for position, value in enumerate(values):
        right = max(drawn[position], seeds.max(initial=0.0) if position == 0 and len(seeds) > 1 else 0.0, 0.0)
        axes.annotate(
            score(value), (right, position), xytext=(9, 0), textcoords="offset points", va="center",
            fontsize=TICK + 1, color=INK, fontweight="bold" if position == 0 else "normal",
        )  # fmt: skip
    axes.axvline(0, color=LINE, linewidth=1.2)
    axes.set_yticks(range(len(bars)), [label(name) for name, *_ in bars])
    axes.invert_yaxis()
    many = f" (circles: {len(seeds):,} seeds)" if len(seeds) > 1 else ""
    dress(axes, grid="x", x=f"R² on {study.held_out.n_rows:,} held-out rows{many}")
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(FLOOR if drawn.min() < 0 else 0, max(1.0, float(drawn.max()) + 0.12))
    headline(figure, baselines_title(study))
    return figure


def baselines_title(study: Study) -> str:
    """Return what the network and its linear baselines explain of the held-out rows, in one line."""
    parts = [f"{label(base.name)} {explained(base.held_out.r2)}" for base in study.baselines]
    ours = f"The network explains {explained(study.held_out.r2)} of the held-out variation"
    return ", ".join([ours, *parts])


def explained(r2: float) -> str:
    """Write an R² as the share that is explained; below zero nothing is.

    Examples
    --------
    >>> explained(0.637), explained(-0.2)
    ('64 %', 'nothing')
    """
    return share(r2) if r2 > 0 else "nothing"
