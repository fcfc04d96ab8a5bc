"""How many components? R² on validation rows over their number, and the one recommended.

The rows that judge the sizes are a part of the training rows, so that the held-out rows of the
study take no part in the choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentia.views.style import LINEAR, MUTED, NETWORK, TICK, axes_of, dress, headline, legend, note
from latentia.views.writing import counted, score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from latentia.insight.results import SizeSweep


def plot_sizes(sizes: SizeSweep | None, *, ax: Axes | None = None) -> Figure | SubFigure:
    """Draw the mean R² with one standard deviation over seeds, PCA's, and the recommendation."""
    figure, axes = axes_of(ax, 8, 4.6)
    if sizes is None:
        note(axes, "The number of components was given, so no sizes were compared.")
        return figure
    numbers = np.asarray(sizes.sizes)
    seeds = np.asarray(sizes.r2, dtype=float)
    mean = seeds.mean(axis=1)
    axes.axvline(sizes.chosen, color=MUTED, linewidth=1.5, linestyle=":")
    axes.plot(numbers, sizes.r2_pca, color=LINEAR["PCA"], marker="D", markersize=7, linewidth=2, label="PCA")
    spread = seeds.std(axis=1, ddof=1) if seeds.shape[1] > 1 else None
    name = (
        f"network, mean ± sd of {counted(seeds.shape[1], 'seed')}"
        if spread is not None
        else "network, one seed"
    )
    axes.errorbar(
        numbers,
        mean,
        yerr=spread,
        color=NETWORK,
        marker="o",
        markersize=8,
        linewidth=2,
        capsize=5,
        label=name,
    )
    dress(axes, grid="y", x="number of components", y="R² on validation rows")
    right = sizes.chosen > numbers.mean()
    axes.annotate(
        f"recommended: {sizes.chosen}", (sizes.chosen, 1.0), xycoords=("data", "axes fraction"),
        xytext=(-6 if right else 6, -4), textcoords="offset points", fontsize=TICK, color=MUTED,
        ha="right" if right else "left", va="top",
    )  # fmt: skip
    axes.set_xticks(numbers if len(numbers) <= 16 else numbers[:: -(-len(numbers) // 16)])  # noqa: PLR2004
    legend(axes, loc="lower right")
    place = int(np.argmin(np.abs(numbers - sizes.chosen)))
    headline(
        figure,
        f"{counted(sizes.chosen, 'component')} recommended: R² {score(mean[place])} on validation rows, "
        f"PCA {score(float(np.asarray(sizes.r2_pca)[place]))}",
    )
    return figure
