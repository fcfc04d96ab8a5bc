"""Stability: do the factors come back when only the seed changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import INK, LINE, MUTED, NETWORK, axes_of, dress, headline, labels, note
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import Stability

STEADY = 0.8  # a factor with a median correlation from here on is called steady


def plot_stability(
    stability: Stability, *, factor_names: Sequence[str] | None = None, ax: Axes | None = None
) -> Figure | SubFigure:
    """Draw, per factor, its matched correlation with every other seed, and their median.

    With one seed nothing can be compared, and the figure says so.
    """
    k = len(stability.per_factor)
    names = [f"factor {j + 1}" for j in range(k)] if factor_names is None else factor_names
    figure, axes = axes_of(ax, 8, 1.9 + 0.5 * k)
    if stability.n_seeds < 2 or not stability.correlation.size:  # noqa: PLR2004
        note(axes, "One seed was fitted, so nothing is known about the factors under other seeds.")
        return figure
    others = np.asarray(stability.correlation, dtype=float)
    offsets = np.linspace(-0.22, 0.22, len(others)) if len(others) > 1 else np.zeros(1)
    axes.axvline(STEADY, color=LINE, linewidth=1.5, linestyle="--")
    for factor in range(k):
        axes.scatter(others[:, factor], factor + offsets, s=34, color=NETWORK, alpha=0.75, linewidths=0)
        median = stability.per_factor[factor]
        axes.plot([median, median], [factor - 0.33, factor + 0.33], color=INK, linewidth=2.5)
        axes.annotate(
            score(median), (1.02, factor), va="center", fontsize=12, color=INK, annotation_clip=False
        )
    axes.set_yticks(range(k), labels(names))
    axes.invert_yaxis()
    axes.set_xlim(min(0.0, float(np.nanmin(others))), 1.01)
    dress(axes, grid="x", x="|correlation| with the matching factor of another seed, held-out rows")
    axes.text(
        STEADY,
        1.01,
        "steady →",
        fontsize=10,
        color=MUTED,
        ha="left",
        transform=axes.get_xaxis_transform(),
    )
    steady = int(np.sum(stability.per_factor >= STEADY))
    who = f"{steady} of {counted(k, 'factor')} {'comes' if steady == 1 else 'come'} back"
    headline(
        figure, f"{who} under {counted(stability.n_seeds - 1, 'other seed')} (median |r| at least {STEADY})"
    )
    return figure
