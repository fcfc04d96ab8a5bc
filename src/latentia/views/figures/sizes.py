"""How many components? Held-out R² over their number, and the one recommended."""

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
    """Draw mean held-out R² with one standard deviation over seeds, PCA's, and the recommendation."""
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
    dress(axes, grid="y", x="number of components", y="held-out R²")
    axes.annotate(
        f"recommended: {sizes.chosen}", (sizes.chosen, 0.03), xycoords=("data", "axes fraction"),
        xytext=(6, 0),
        textcoords="offset points", fontsize=TICK, color=MUTED,
    )  # fmt: skip
    axes.set_xticks(numbers if len(numbers) <= 16 else numbers[:: -(-len(numbers) // 16)])  # noqa: PLR2004
    legend(axes, loc="best")
    place = int(np.argmin(np.abs(numbers - sizes.chosen)))
    headline(
        figure,
        f"{counted(sizes.chosen, 'component')} recommended: held-out R² {score(mean[place])}, "
        f"PCA {score(float(np.asarray(sizes.r2_pca)[place]))}",
    )
    return figure
